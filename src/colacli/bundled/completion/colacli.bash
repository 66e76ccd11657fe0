_colacli() {
    local table=() found=() notes=() words=() kind= prefix= piece word index
    for ((index = 1; index <= COMP_CWORD; index++)); do # readline divides run:0123 and --cell=gru, too
        word=${COMP_WORDS[index]}
        if ((${#words[@]})) && [[ $word == [:=]* || ${words[${#words[@]} - 1]} == *[:=] ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
    done
    word=${words[${#words[@]} - 1]}
    _colacli_find "$word" "${words[@]:0:${#words[@]}-1}"
    piece=${COMP_WORDS[COMP_CWORD]}
    [[ $piece == [:=] ]] && piece=
    COMPREPLY=("${found[@]#"${word%"$piece"}"}")
    case ${#found[@]}:$kind in
        0:files | 0:runs | 0:corpora*) compopt -o default 2>/dev/null ;;
        *:list*) compopt -o nospace 2>/dev/null ;;
    esac
}
complete -F _colacli colacli
