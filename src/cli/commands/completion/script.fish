# fish completion for NAME

function __NAME_ask
    set -l words (commandline --tokens-expanded --current-process --cut-at-cursor 2>/dev/null; or commandline -opc)
    set -l typed (commandline --current-token)
    command $words[1] COMPLETE $words[2..-1] "$typed" 2>/dev/null
end

function __NAME_candidates
    __NAME_ask | string match --invert --regex '^:\d+$'
end

function __NAME_no_files
    set -l directive (__NAME_ask)[-1]
    test (math "bitand($(string sub --start 2 -- $directive), 4)") -ne 0
end

complete --command NAME --erase
complete --command NAME --condition __NAME_no_files --no-files
complete --command NAME --arguments '(__NAME_candidates)'
