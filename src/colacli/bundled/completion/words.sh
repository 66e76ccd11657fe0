# What bash and zsh have in common. A caller declares local: table, found, notes, kind, prefix.

_colacli_kind() { # kind: what the table says of a word, or nothing
    local wanted=$1
    kind=
    set -- "${table[@]}"
    while [ $# -gt 0 ]; do
        if [ "$1" = "$wanted" ]; then
            kind=$2
            return
        fi
        shift 3
    done
}

_colacli_add() { # found, notes: one more, where it begins as what is typed
    case $1 in
        "$current"*)
            found+=("$prefix$1")
            notes+=("${2:-}")
            ;;
    esac
}

_colacli_add_words() { # commands (or, where there are none, options) and their help
    local dashes=$1
    set -- "${table[@]}"
    while [ $# -gt 0 ]; do
        case $1:$dashes in
            -*:dashes) _colacli_add "$1" "$3" ;;
            [a-z]*:) _colacli_add "$1" "$3" ;;
        esac
        shift 3
    done
}

_colacli_home() { # home: the store's folder
    home=${COLACLI_HOME:-}
    case ${XDG_DATA_HOME:-}:$OSTYPE in
        /*) home=${home:-$XDG_DATA_HOME/colacli} ;;
        *:darwin*) home=${home:-$HOME/Library/Application Support/colacli} ;;
        *) home=${home:-$HOME/.local/share/colacli} ;;
    esac
    case $home in
        '~' | '~/'*) home=$HOME${home#?} ;;
    esac
}

_colacli_add_runs() { # names, then keys where some of their digits are typed
    local file name digits home
    _colacli_home
    case $current in
        *^*)
            name=${current%%^*}
            _colacli_add "$name^teacher"
            return
            ;;
        run:*) digits=${current#run:} ;;
        ??*) digits=$current ;;
        *) digits=- ;;
    esac
    case $current in
        *[!A-Za-z0-9._-]*) ;;
        *)
            for file in "$home/refs/$current"*; do
                name=${file##*/}
                case $name in
                    '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) ;;
                    *) _colacli_add "$name" ;;
                esac
            done
            _colacli_add latest
            ;;
    esac
    case $digits in
        *[!0-9a-f]*) ;;
        *)
            for file in "$home/runs/$digits"*; do
                name=${file##*/}
                case ${#name}:$name in
                    64:*[!0-9a-f]*) ;;
                    64:*)
                        name=${name:0:12}
                        case $current in
                            run:*) _colacli_add "run:$name" ;;
                            *) _colacli_add "$name" ;;
                        esac
                        ;;
                esac
            done
            ;;
    esac
}

_colacli_add_corpora() { # those of the store, after the given ones
    local file name home
    for name in $1; do
        _colacli_add "$name"
    done
    _colacli_home
    for file in "$home/data"/*/; do
        name=${file%/}
        name=${name##*/}
        case " $1 :$name" in
            *" $name "*) ;;
            *:[!A-Za-z0-9]* | *:*[!A-Za-z0-9._-]*) ;;
            *) _colacli_add "$name" ;;
        esac
    done
}

_colacli_add_values() { # of an option or an argument of this kind
    local word
    case $kind in
        runs) _colacli_add_runs ;;
        corpora*) _colacli_add_corpora "${kind#corpora }" ;;
        one*)
            for word in ${kind#one }; do
                _colacli_add "$word"
            done
            ;;
        list*)
            case $current in
                *,*)
                    prefix=$prefix${current%,*},
                    current=${current##*,}
                    ;;
            esac
            for word in ${kind#list }; do
                _colacli_add "$word"
            done
            ;;
    esac
}

_colacli_find() { # the word that is typed, then those before it: found, notes, and kind where it is a value
    [ -z "${ZSH_VERSION:-}" ] || emulate -L sh
    local LC_ALL=C current=$1 word option= place= number=0 operands=
    shift
    prefix=
    _colacli_table ''
    for word; do
        if [ -n "$option" ]; then
            option=
            continue
        fi
        _colacli_kind "$word"
        case $operands:$word:$kind in
            :--:*) operands=- ;;
            :-?*: | :-?*:flag) ;;
            :-?*:*) option=$kind ;;
            :*:command)
                place=$place${place:+ }$word
                _colacli_table "$place"
                ;;
            *) number=$((number + 1)) ;;
        esac
    done
    kind=$option
    if [ -z "$option" ]; then
        case $operands:$current in
            :--*=*)
                _colacli_kind "${current%%=*}"
                prefix=${current%%=*}=
                current=${current#*=}
                ;;
            :-*) _colacli_add_words dashes ;;
            *)
                _colacli_kind $((number + 1))
                [ -n "$kind" ] || _colacli_kind '*'
                [ -n "$kind" ] || _colacli_add_words ''
                ;;
        esac
    fi
    _colacli_add_values
}
