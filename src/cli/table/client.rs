//! Rows of the commands about the program itself.

use super::{Command, Flag, Operands, commands, flags::*};

pub(super) const ROOT_LONG: &str = "
Render charts, install them as releases, and look after those.

    {name} create web                  start a chart
    {name} template web ./web          see what it renders to
    {name} install web ./web           install it
    {name} upgrade web ./web -f x.yaml change it
    {name} list                        see what is installed

Every command tells more with --help. Charts, releases and settings are those of
Helm 4: both programs work on the same ones.

Variables that change the defaults:

| Variable                                             | Sets                                            |
|------------------------------------------------------|-------------------------------------------------|
| $HELM_NAMESPACE, $HELM_KUBECONTEXT, $HELM_KUBETOKEN, | the flags of these names                        |
| $HELM_KUBEAPISERVER, $HELM_KUBECAFILE,               |                                                 |
| $HELM_KUBEASUSER, $HELM_KUBEASGROUPS (a,b),          |                                                 |
| $HELM_KUBEINSECURE_SKIP_TLS_VERIFY,                  |                                                 |
| $HELM_KUBETLS_SERVER_NAME, $HELM_BURST_LIMIT,        |                                                 |
| $HELM_QPS, $HELM_DEBUG                               |                                                 |
| $KUBECONFIG                                          | kubeconfig files (else ~/.kube/config)          |
| $HELM_DRIVER                                         | records: in a secret, configmap, sql, memory    |
| $HELM_DRIVER_SQL_CONNECTION_STRING                   | the database of sql (postgres://…)              |
| $HELM_MAX_HISTORY                                    | how many revisions an upgrade keeps             |
| $HELM_CACHE_HOME, $HELM_CONFIG_HOME, $HELM_DATA_HOME | Helm's folders (else XDG's, else the system's)  |
| $HELM_REGISTRY_CONFIG, $HELM_REPOSITORY_CONFIG,      | single files and folders                        |
| $HELM_REPOSITORY_CACHE, $HELM_CONTENT_CACHE,         |                                                 |
| $HELM_PLUGINS                                        |                                                 |
| $HELM_COLOR, $NO_COLOR                               | colour: never, auto, always; NO_COLOR wins      |
| $SOURCE_DATE_EPOCH                                   | the time that archives carry                    |

Helm's folders where no variable says otherwise:

| System  | Cache                     | Configuration                  | Data                    |
|---------|---------------------------|--------------------------------|-------------------------|
| Linux   | $HOME/.cache/helm         | $HOME/.config/helm             | $HOME/.local/share/helm |
| macOS   | $HOME/Library/Caches/helm | $HOME/Library/Preferences/helm | $HOME/Library/helm      |
| Windows | %TEMP%\\helm               | %APPDATA%\\helm                 | %APPDATA%\\helm          |
";

pub(super) const ROOT_EXAMPLES: &str = "  {name} create web && {name} template ./web
  {name} install web ./web -n shop --create-namespace
  {name} list -A";

/// `helm version`.
pub(super) const VERSION: Command = Command {
    usage: "version",
    short: "print the version",
    long: "
Print the Helm version whose behaviour this program has, in the form that
scripts expect:

    version.BuildInfo{Version:\"v4.3.1\", GitCommit:\"\", GitTreeState:\"\", GoVersion:\"\", KubeClientVersion:\"v1.37\"}

Called skiff rather than helm, it adds its own version as SkiffVersion.
--template fills a Go template with these fields: .Version, .GitCommit,
.GitTreeState, .GoVersion, .KubeClientVersion, .SkiffVersion.
",
    examples: "  {name} version --short
  {name} version --template '{{.Version}}'",
    operands: Operands::None,
    flags: &[&[
        bool("short", "print the version number alone"),
        string("template", "Go template for the output"),
    ]],
    run: Some(commands::version::run),
    ..Command::BASE
};

/// `helm env`.
pub(super) const ENV: Command = Command {
    usage: "env",
    short: "print the settings in use",
    long: "
Print the settings in use as shell assignments, sorted by name, or the value of
the one that is named.
",
    examples: "  {name} env
  {name} env HELM_PLUGINS",
    operands: Operands::AtMost(1),
    run: Some(commands::env::run),
    ..Command::BASE
};

/// `helm help`.
pub(super) const HELP: Command = Command {
    usage: "help [command]",
    short: "explain a command",
    long: "Print a command's help page: {name} help get values is {name} get values --help.",
    examples: "  {name} help install
  {name} help dependency update",
    run: Some(commands::help::run),
    ..Command::BASE
};

/// `helm completion`.
pub(super) const COMPLETION: Command = Command {
    usage: "completion",
    short: "write a shell's completion script",
    long: "
Write a script that lets a shell complete commands, flags and their values.
",
    examples: "  source <({name} completion bash)
  {name} completion fish | source",
    operands: Operands::None,
    subcommands: &[&BASH, &FISH, &POWERSHELL, &ZSH],
    ..Command::BASE
};

const DESCRIPTIONS: &[&[Flag]] = &[&[bool("no-descriptions", "complete without descriptions")]];

const BASH: Command = Command {
    usage: "bash",
    short: "write the script for bash",
    long: "
Write the completion script for bash. It needs the bash-completion package.
",
    examples: "  source <({name} completion bash)
  {name} completion bash > /etc/bash_completion.d/{name}",
    operands: Operands::None,
    flags: DESCRIPTIONS,
    run: Some(commands::completion::bash),
    ..Command::BASE
};

const FISH: Command = Command {
    usage: "fish",
    short: "write the script for fish",
    long: "
Write the completion script for fish. Open a new shell once it is in place.
",
    examples: "  {name} completion fish | source
  {name} completion fish > ~/.config/fish/completions/{name}.fish",
    run: Some(commands::completion::fish),
    ..BASH
};

const POWERSHELL: Command = Command {
    usage: "powershell",
    short: "write the script for PowerShell",
    long: "
Write the completion script for PowerShell; add it to the profile to keep it.
",
    examples: "  {name} completion powershell | Out-String | Invoke-Expression",
    run: Some(commands::completion::powershell),
    ..BASH
};

const ZSH: Command = Command {
    usage: "zsh",
    short: "write the script for zsh",
    long: "
Write the completion script for zsh.
",
    examples: "  source <({name} completion zsh)
  {name} completion zsh > \"${fpath[1]}/_{name}\"",
    run: Some(commands::completion::zsh),
    ..BASH
};
