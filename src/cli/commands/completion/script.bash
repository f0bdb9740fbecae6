# bash completion for NAME

__NAME_complete() {
    local typed=${COMP_WORDS[COMP_CWORD]} word line answer directive
    # bash splits words at "=" and ":"; the program wants them whole.
    local -a words=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [[ ${#words[@]} -gt 0 && ( $word == "=" || ${words[-1]} == *"=" ) ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
    done
    answer=$("${COMP_WORDS[0]}" COMPLETE "${words[@]}" 2>/dev/null) || return
    directive=${answer##*:}
    COMPREPLY=()
    while IFS= read -r line; do
        line=${line%%$'\t'*}
        # Of "--flag=value" bash replaces the value alone.
        [[ ${words[-1]} == *=* ]] && line=${line#*=}
        [[ -n $line ]] && COMPREPLY+=("$line")
    done <<<"${answer%:*}"
    if (( ${#COMPREPLY[@]} == 0 && (directive & 4) == 0 )); then
        compopt -o default 2>/dev/null
        while IFS= read -r line; do
            COMPREPLY+=("$line")
        done < <(compgen -f -- "${typed#=}")
    fi
}

complete -F __NAME_complete NAME
