// The search of the site runs in a worker, and browsers start none for a page that is opened from a folder. There this one
// takes its place: a script in a hidden frame, which hears and sends the same messages.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.documentElement.append(frame);
      this.inside = frame.contentWindow;
      this.inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.inside.importScripts = (...urls) => urls.reduce((last, next) => last.then(() => this.load(next)), Promise.resolve());
      this.load(url).then(() => this.waiting.splice(0).forEach((data) => this.send(data)));
    }
    load(url) {
      return new Promise((resolve, reject) => {
        const script = this.inside.document.createElement("script");
        Object.assign(script, { src: new URL(url, location.href).href, onload: resolve, onerror: reject });
        this.inside.document.head.append(script);
      }).then(() => { this.loaded = true; });
    }
    postMessage(data) {
      if (this.loaded) this.send(data);
      else this.waiting.push(data);
    }
    send(data) {
      this.inside.dispatchEvent(new MessageEvent("message", { data }));
    }
  };
}
