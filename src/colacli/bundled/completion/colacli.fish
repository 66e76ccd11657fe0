function __colacli_kind --argument-names wanted # what the table says of a word, or nothing
    set --erase argv[1]
    while set --query argv[1]
        if test "$argv[1]" = "$wanted"
            echo $argv[2]
            return
        end
        set --erase argv[1..3]
    end
end

function __colacli_words --argument-names pattern # words of the table, and their help
    set --erase argv[1]
    while set --query argv[1]
        string match --quiet --regex -- $pattern $argv[1]
        and printf '%s\t%s\n' $argv[1] $argv[3]
        set --erase argv[1..3]
    end
end

function __colacli_home # the store's folder
    if test -n "$COLACLI_HOME"
        string replace --regex '^~(?=/|$)' $HOME -- $COLACLI_HOME
    else if string match --quiet '/*' -- "$XDG_DATA_HOME" # without an argument it would read standard input
        echo $XDG_DATA_HOME/colacli
    else if test (uname) = Darwin
        echo $HOME/Library/Application Support/colacli
    else
        echo $HOME/.local/share/colacli
    end
end

function __colacli_runs --argument-names typed # names, then keys where some of their digits are typed
    set --local home (__colacli_home)
    if string match --quiet '*^*' -- $typed
        echo (string split --max 1 '^' -- $typed)[1]^teacher
        return
    end
    set --local names $home/refs/*
    string match --regex '^[A-Za-z0-9][A-Za-z0-9._-]*$' -- (string replace --regex '.*/' '' -- "" $names)
    echo latest
    set --local digits (string match --regex '^(run:)([0-9a-f]*)$|^()([0-9a-f]{2,})$' -- $typed)
    or return
    set --local keys $home/runs/$digits[-1]*
    string replace --filter --regex '.*/([0-9a-f]{12})[0-9a-f]{52}$' $digits[-2]'$1' -- "" $keys
end

function __colacli_corpora # those that are given, and those of the store
    set --local folders (__colacli_home)/data/*/
    printf '%s\n' $argv
    string match --regex '^[A-Za-z0-9][A-Za-z0-9._-]*$' -- (string replace --regex '.*/([^/]*)/$' '$1' -- "" $folders)
end

function __colacli_values --argument-names kind typed # of an option or an argument of this kind
    set --local parts (string split ' ' -- "$kind")
    switch $parts[1]
        case files
            __fish_complete_path $typed
        case runs
            __colacli_runs $typed
            __fish_complete_path $typed
        case corpora
            __colacli_corpora $parts[2..]
            __fish_complete_path $typed
        case one
            printf '%s\n' $parts[2..]
        case list
            set --local before (string match --regex '.*,' -- $typed)
            printf '%s\n' $before$parts[2..]
    end
end

function __colacli
    set --local before (commandline --cut-at-cursor --current-process --tokenize)
    set --local typed (commandline --cut-at-cursor --current-token)
    set --local table (__colacli_table '')
    set --local place
    set --local number 0
    set --local option
    set --local operands
    set --local kind
    for word in $before[2..]
        if test -n "$option"
            set option
            continue
        end
        set kind (__colacli_kind $word $table)
        if test -z "$operands" -a "$word" = --
            set operands -
        else if test -z "$operands"; and string match --quiet --regex '^-.' -- $word
            test "$kind" = flag; or set option $kind
        else if test -z "$operands" -a "$kind" = command
            set --append place $word
            set table (__colacli_table "$place")
        else
            set number (math $number + 1)
        end
    end
    if test -n "$option"
        __colacli_values $option $typed
    else if test -z "$operands"; and set --local parts (string match --regex '^(--[^=]*=)(.*)$' -- $typed)
        set kind (__colacli_kind (string trim --right --chars = -- $parts[2]) $table)
        printf "$parts[2]%s\n" (__colacli_values "$kind" $parts[3])
    else if test -z "$operands"; and string match --quiet -- '-*' $typed
        __colacli_words '^-' $table
    else
        set kind (__colacli_kind (math $number + 1) $table)
        test -n "$kind"; or set kind (__colacli_kind '*' $table)
        test -n "$kind"; and __colacli_values $kind $typed; or __colacli_words '^[a-z]' $table
    end
end

complete --command colacli --no-files --arguments '(__colacli)'
