#compdef NAME
# zsh completion for NAME

_NAME() {
    local -a answer candidates
    answer=("${(@f)$(${words[1]} COMPLETE "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    local directive=${answer[-1]#:}
    local line
    for line in "${(@)answer[1,-2]}"; do
        [[ -z $line ]] && continue
        # _describe parts a name from its description at a colon.
        line=${line//:/\\:}
        candidates+=("${line/$'\t'/:}")
    done
    if (( ${#candidates} )); then
        _describe -V completions candidates
    elif (( (directive & 4) == 0 )); then
        _files
    fi
}

compdef _NAME NAME
