_colacli() {
    local -a table found notes described before
    local kind prefix index
    before=("${(@Q)words[2,CURRENT-1]}")
    _colacli_find "${(Q)PREFIX}" "${before[@]}"
    if (( ! $#found )); then
        case $kind in
            files | runs | corpora*)
                [[ -z $prefix ]] || compset -P '*='
                _files
                ;;
        esac
    elif [[ -n $kind ]]; then
        case $kind in
            list*) compadd -S '' -a found ;;
            *) compadd -a found ;;
        esac
    else
        for (( index = 1; index <= $#found; index++ )); do
            described+=("${found[index]//:/\\:}:${notes[index]}")
        done
        _describe -V colacli described
    fi
}

if [[ $funcstack[1] == _colacli ]]; then
    _colacli "$@"
else
    compdef _colacli colacli
fi
