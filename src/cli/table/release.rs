//! Rows of the commands that work on releases.

use super::{Command, Flag, Kind, Operands, commands, flags::*};

const REVISION: Flag = int("revision", "0", "revision to look at; the latest where not given");

const DRY_RUN: Flag = flag(
    "dry-run",
    Kind::String,
    "none",
    "show what would happen and change nothing: 'client' asks no cluster, 'server' has it check the result, 'none' is no dry run",
)
.bare("unset");

/// What becomes of a chart's CRDs.
pub(super) const CRDS: &[Flag] = &[
    string(
        "crds",
        "what to do with the chart's CRDs: 'create' those that are missing, 'upgrade' the others too, 'skip' them; where not given, install creates and upgrade skips",
    )
    .own(),
    bool("force-crds", "with --crds=upgrade, make changes too that could do harm to objects that are there").own(),
];

/// What install and template share.
pub(super) const INSTALL_FLAGS: &[Flag] = &[
    bool("atomic", "").deprecated("use --rollback-on-failure instead").sets("rollback-on-failure"),
    bool("create-namespace", "create the release's namespace where it is missing"),
    bool("dependency-update", "fetch missing dependencies before the chart is used"),
    string("description", "description to record with the revision"),
    DEVEL,
    bool("disable-openapi-validation", "do not check manifests against the cluster's OpenAPI schema"),
    bool("enable-dns", "let templates look up host names"),
    bool("force", "").deprecated("use --force-replace instead").sets("force-replace"),
    bool("force-conflicts", "take over fields that another manager owns (server-side apply)"),
    bool("force-replace", "replace resources instead of patching them"),
    bool("generate-name", "make up a release name (and leave NAME out)").short('g'),
    LABELS,
    string("name-template", "Go template that gives the release's name"),
    bool("no-hooks", "run no hooks"),
    bool(
        "replace",
        "take the name of an uninstalled release that is still in the history; unsafe in production",
    ),
    bool(
        "rollback-on-failure",
        "undo the installation where it fails; --wait is then 'watcher' unless given",
    ),
    bool("server-side", "let the API server merge changes (server-side apply)").default_text("true"),
    bool("skip-crds", "install no CRDs; without this flag, those that are missing are installed"),
    bool("skip-schema-validation", "do not check the values against the chart's JSON schema"),
    bool("take-ownership", "adopt existing resources whatever their annotations say"),
    TIMEOUT,
    WAIT,
    bool("wait-for-jobs", "with --wait, wait for jobs to complete too, at most --timeout"),
];

/// What install has beside.
pub(super) const INSTALL_MORE: &[Flag] = &[
    DRY_RUN,
    bool("hide-notes", "do not print the chart's notes; they are recorded all the same"),
    bool("hide-secret", "leave Secrets out of what --dry-run prints"),
    OUTPUT,
    bool("render-subchart-notes", "print the subcharts' notes too"),
];

/// What may not be given together with install and upgrade.
pub(super) const FORCE_EXCLUSIVE: &[&[&str]] =
    &[&["force-replace", "force-conflicts"], &["force", "force-conflicts"]];

/// `helm install`.
pub(in crate::cli) const INSTALL: Command = Command {
    usage: "install [NAME] [CHART]",
    short: "install a chart as a new release",
    long: "
Render a chart with its values and create everything it holds in the cluster.
The result is a release: it has a name, a revision and a history, and it is
what upgrade, status and uninstall work on.

CHART is one of
- a name from a repository that was added: example/web (--version picks one)
- a packaged chart: ./web-1.2.3.tgz
- a chart's folder: ./web
- a URL: https://example.com/charts/web-1.2.3.tgz
- a name in the repository at --repo
- an OCI reference: oci://example.com/charts/web

Values come from the chart, then from -f files in their order, then from
--set-json, --set, --set-string, --set-file and --set-literal: the last one wins.

--dry-run shows the manifests, Secrets included, and changes nothing;
--hide-secret leaves the Secrets out.
",
    examples: "  {name} install web ./web
  {name} install web ./web -f production.yaml --set replicas=3
  {name} install web oci://example.com/charts/web --version 1.2.3 -n shop --create-namespace
  {name} install --generate-name ./web --dry-run=client",
    operands: Operands::AtLeast(1),
    flags: &[INSTALL_FLAGS, INSTALL_MORE, CRDS, SERVER, CHART_SOURCE, VALUES, POST_RENDERER],
    exclusive: FORCE_EXCLUSIVE,
    run: Some(commands::install::run),
    ..Command::BASE
};

/// What upgrade and its plan share.
pub(super) const UPGRADE_FLAGS: &[Flag] = &[
    bool("atomic", "").deprecated("use --rollback-on-failure instead").sets("rollback-on-failure"),
    bool("cleanup-on-fail", "delete what this upgrade created where it fails"),
    bool("create-namespace", "with --install, create the release's namespace where it is missing"),
    bool("dependency-update", "fetch missing dependencies before the chart is used"),
    string("description", "description to record with the revision"),
    DEVEL,
    bool("disable-openapi-validation", "do not check manifests against the cluster's OpenAPI schema"),
    DRY_RUN,
    bool("enable-dns", "let templates look up host names"),
    bool("force", "").deprecated("use --force-replace instead").sets("force-replace"),
    bool("force-conflicts", "take over fields that another manager owns (server-side apply)"),
    bool("force-replace", "replace resources instead of patching them"),
    bool("hide-notes", "do not print the chart's notes; they are recorded all the same"),
    bool("hide-secret", "leave Secrets out of what --dry-run prints"),
    int("history-max", "", "how many revisions to keep; 0 keeps all")
        .defaults_to_setting(|s| s.max_history.to_string()),
    bool("install", "install the release where it does not exist").short('i'),
    LABELS,
    bool("no-hooks", "run no hooks"),
    OUTPUT,
    bool("render-subchart-notes", "print the subcharts' notes too"),
    bool(
        "reset-then-reuse-values",
        "start from the new chart's defaults, then the last revision's values, then the new ones; yields to --reset-values and --reuse-values",
    ),
    bool("reset-values", "start from the chart's defaults, not from the last revision's values"),
    bool("reuse-values", "merge the new values into the last revision's; yields to --reset-values"),
    bool(
        "rollback-on-failure",
        "go back to the last good revision where the upgrade fails; --wait is then 'watcher' unless given",
    ),
    flag(
        "server-side",
        Kind::String,
        "auto",
        "whether the API server merges changes: true, false, or auto for what the last revision did",
    ),
    bool(
        "skip-crds",
        "with --install, install no CRDs; without this flag, those that are missing are installed",
    ),
    bool("skip-schema-validation", "do not check the values against the chart's JSON schema"),
    bool("take-ownership", "adopt existing resources whatever their annotations say"),
    TIMEOUT,
    WAIT,
    bool("wait-for-jobs", "with --wait, wait for jobs to complete too, at most --timeout"),
];

/// `helm upgrade`.
pub(in crate::cli) const UPGRADE: Command = Command {
    usage: "upgrade [RELEASE] [CHART]",
    short: "upgrade a release to new values or another chart",
    long: "
Render a chart, compare the result with what the release's last revision
installed, and change the cluster accordingly. The release gets a new revision.

CHART is what install takes: a folder, a package, a URL, an OCI reference or
example/web. Values are given as for install. Where none are given, those of the
last revision are used again; --reset-values starts from the chart's defaults,
--reuse-values merges the new ones into the old ones, and
--reset-then-reuse-values does so on top of the new chart's defaults.

--dry-run shows the manifests, Secrets included, and changes nothing;
--hide-secret leaves the Secrets out.
",
    examples: "  {name} upgrade web ./web --set image.tag=2.0.1
  {name} upgrade --install web ./web -n shop --create-namespace
  {name} upgrade web example/web --version ^2 --reuse-values --rollback-on-failure",
    operands: Operands::Exactly(2),
    flags: &[
        UPGRADE_FLAGS,
        &[bool(
            "plan",
            "show what would change and change nothing; the exit code is 2 where something would",
        )
        .own()],
        CRDS,
        SERVER,
        CHART_SOURCE,
        VALUES,
        POST_RENDERER,
    ],
    exclusive: FORCE_EXCLUSIVE,
    run: Some(commands::upgrade::run),
    ..Command::BASE
};

/// What rollback and its plan share.
pub(super) const ROLLBACK_FLAGS: &[Flag] = &[
    bool("cleanup-on-fail", "delete what this rollback created where it fails"),
    string("description", "description to record with the revision, at most 256 characters"),
    DRY_RUN,
    bool("force", "").deprecated("use --force-replace instead").sets("force-replace"),
    bool("force-conflicts", "take over fields that another manager owns (server-side apply)"),
    bool("force-replace", "replace resources instead of patching them"),
    int("history-max", "", "how many revisions to keep; 0 keeps all")
        .defaults_to_setting(|s| s.max_history.to_string()),
    bool("no-hooks", "run no hooks"),
    flag(
        "server-side",
        Kind::String,
        "auto",
        "whether the API server merges changes: true, false, or auto for what the earlier revision did",
    ),
    TIMEOUT,
    WAIT,
    bool("wait-for-jobs", "with --wait, wait for jobs to complete too, at most --timeout"),
];

/// `helm rollback`.
pub(in crate::cli) const ROLLBACK: Command = Command {
    usage: "rollback <RELEASE> [REVISION]",
    short: "go back to an earlier revision of a release",
    long: "
Take an earlier revision's chart, values and manifests and make them the newest
revision: history only grows. Without REVISION, or with 0, that is the revision
before the last one. 'history' lists the revisions.
",
    examples: "  {name} rollback web
  {name} rollback web 3 --wait --timeout 2m
  {name} rollback web 3 --dry-run=client",
    operands: Operands::AtLeast(1),
    flags: &[ROLLBACK_FLAGS],
    exclusive: FORCE_EXCLUSIVE,
    run: Some(commands::rollback::run),
    ..Command::BASE
};

/// `helm test`.
pub(super) const TEST: Command = Command {
    usage: "test [RELEASE]",
    short: "run a release's tests",
    long: "
Run the tests that a release's chart brings: the hooks with the annotation
helm.sh/hook: test. How they went is recorded and shown.
",
    examples: "  {name} test web
  {name} test web --logs
  {name} test web --filter name=web-connection,name=web-login
  {name} test web --filter '!name=web-load'",
    operands: Operands::Exactly(1),
    flags: &[&[
        flag(
            "filter",
            Kind::StringSlice,
            "",
            "which tests to run: name=NAME, or !name=NAME to leave one out; may be repeated or joined by commas",
        ),
        bool("logs", "print what the tests' pods wrote, after all tests and before anything is cleaned up"),
        TIMEOUT,
    ]],
    run: Some(commands::test::run),
    ..Command::BASE
};

/// What uninstall and its plan share.
pub(super) const UNINSTALL_FLAGS: &[Flag] = &[
    flag(
        "cascade",
        Kind::String,
        "background",
        "what becomes of dependents: \"background\", \"orphan\" or \"foreground\" deletion; with --wait, foreground waits for finalizers",
    ),
    string("description", "description to record with the revision"),
    bool("dry-run", "show what would go and delete nothing"),
    bool("ignore-not-found", "count a release that does not exist as uninstalled"),
    bool("keep-history", "delete the resources, keep the record and mark it uninstalled"),
    bool("no-hooks", "run no hooks"),
    TIMEOUT,
    WAIT,
];

/// `helm uninstall`.
pub(in crate::cli) const UNINSTALL: Command = Command {
    usage: "uninstall RELEASE_NAME [...]",
    short: "uninstall releases",
    long: "
Delete what a release's last revision installed, and its history with it, so
that the name is free again. --keep-history keeps the record.

--dry-run shows which releases would go. With --cascade foreground and --wait
the command returns only when resources with finalizers are gone too.
",
    examples: "  {name} uninstall web
  {name} uninstall web api -n shop --keep-history",
    aliases: &["del", "delete", "un"],
    suggest_for: &["remove", "rm"],
    operands: Operands::AtLeast(1),
    flags: &[UNINSTALL_FLAGS],
    run: Some(commands::uninstall::run),
    ..Command::BASE
};

/// `helm list`.
pub(super) const LIST: Command = Command {
    usage: "list",
    short: "list releases",
    long: "
List the releases of a namespace, or of all with -A, whatever their status;
the status flags (--deployed, --failed, …) narrow the list down.

--filter takes a regular expression for the name, --selector a label query for
the record. At most 256 releases are shown: --max changes that, --offset pages on.
",
    examples: "  {name} list -n shop
  {name} list -A --failed --pending
  {name} list --filter '^web-' -o json",
    aliases: &["ls"],
    operands: Operands::None,
    flags: &[&[
        bool("all-namespaces", "list the releases of all namespaces").short('A'),
        bool("date", "sort by date").short('d'),
        bool("deployed", "show deployed releases"),
        bool("failed", "show failed releases"),
        string("filter", "regular expression that the name must match").short('f'),
        int("max", "256", "how many releases to show").short('m'),
        bool("no-headers", "leave the table's head out"),
        int("offset", "0", "how many releases to skip"),
        OUTPUT,
        bool("pending", "show pending releases"),
        bool("reverse", "turn the order around").short('r'),
        string("selector", "label query for the releases' records: key1=value1,key2!=value2; for secret and configmap storage").short('l'),
        bool("short", "print names alone").short('q'),
        bool("superseded", "show superseded releases"),
        string("time-format", "Go layout for times. Example: --time-format \"2006-01-02 15:04:05Z0700\""),
        bool("uninstalled", "show uninstalled releases whose history was kept"),
        bool("uninstalling", "show releases that are being uninstalled"),
    ]],
    run: Some(commands::list::run),
    ..Command::BASE
};

/// `helm status`.
pub(super) const STATUS: Command = Command {
    usage: "status RELEASE_NAME",
    short: "show a release's status",
    long: "
Show when a release was last deployed, its namespace, status, revision and
description, its resources, its tests' last run and the chart's notes.

The status is one of unknown, deployed, uninstalled, superseded, failed,
uninstalling, pending-install, pending-upgrade, pending-rollback.
",
    examples: "  {name} status web
  {name} status web --revision 3 -o json",
    operands: Operands::Exactly(1),
    flags: &[&[OUTPUT, REVISION]],
    run: Some(commands::status::run),
    ..Command::BASE
};

/// `helm history`.
pub(super) const HISTORY: Command = Command {
    usage: "history RELEASE_NAME",
    short: "show a release's revisions",
    long: "
List a release's revisions, oldest first: number, time, status, chart, app
version and description. At most 256 are shown unless --max says otherwise.
--show-rollback-revision adds a column that says which revision was gone back to.
",
    examples: "  {name} history web
  {name} history web --max 5 -o yaml",
    aliases: &["hist"],
    operands: Operands::Exactly(1),
    flags: &[&[
        int("max", "256", "how many revisions to show"),
        OUTPUT,
        bool("show-rollback-revision", "show which revision a rollback went back to, in the table"),
    ]],
    run: Some(commands::history::run),
    ..Command::BASE
};

/// `helm get`.
pub(super) const GET: Command = Command {
    usage: "get",
    short: "read parts of a release's record",
    long: "
Read what a release's record holds: the values it was given, the manifests it
rendered to, its hooks, its notes, its metadata.
",
    examples: "  {name} get manifest web
  {name} get values web --all -o json",
    operands: Operands::None,
    subcommands: &[&GET_ALL, &GET_HOOKS, &GET_MANIFEST, &GET_METADATA, &GET_NOTES, &GET_VALUES],
    ..Command::BASE
};

const GET_ALL: Command = Command {
    usage: "all RELEASE_NAME",
    short: "read everything the record holds",
    long: "
Print a release's metadata, notes, hooks, values and manifests in a readable
form, or through a Go template.
",
    examples: "  {name} get all web
  {name} get all web --template '{{.Release.Name}} {{.Release.Chart.Metadata.Version}}'",
    operands: Operands::Exactly(1),
    flags: &[&[REVISION, string("template", "Go template for the output, for example {{.Release.Name}}")]],
    run: Some(commands::get::all),
    ..Command::BASE
};

const GET_HOOKS: Command = Command {
    usage: "hooks RELEASE_NAME",
    short: "read the hooks' manifests",
    long: "
Print the manifests of a release's hooks, each with the file it came from.
",
    examples: "  {name} get hooks web",
    operands: Operands::Exactly(1),
    flags: &[&[REVISION]],
    run: Some(commands::get::hooks),
    ..Command::BASE
};

const GET_MANIFEST: Command = Command {
    usage: "manifest RELEASE_NAME",
    short: "read the manifests",
    long: "
Print the manifests of everything a release installed, hooks aside, as YAML.
",
    examples: "  {name} get manifest web | kubectl diff -f -",
    operands: Operands::Exactly(1),
    flags: &[&[REVISION]],
    run: Some(commands::get::manifest),
    ..Command::BASE
};

const GET_METADATA: Command = Command {
    usage: "metadata RELEASE_NAME",
    short: "read name, chart, version, status and the like",
    long: "
Print a release's metadata: name, chart, versions, annotations, labels,
dependencies, namespace, revision, status, time and how it was applied.
",
    examples: "  {name} get metadata web -o json",
    operands: Operands::Exactly(1),
    flags: &[&[OUTPUT, REVISION]],
    run: Some(commands::get::metadata),
    ..Command::BASE
};

const GET_NOTES: Command = Command {
    usage: "notes RELEASE_NAME",
    short: "read the chart's notes",
    long: "
Print the notes that the chart wrote for this release.
",
    examples: "  {name} get notes web",
    operands: Operands::Exactly(1),
    flags: &[&[REVISION]],
    run: Some(commands::get::notes),
    ..Command::BASE
};

const GET_VALUES: Command = Command {
    usage: "values RELEASE_NAME",
    short: "read the values",
    long: "
Print the values a release was given, or with --all those of the chart too.
",
    examples: "  {name} get values web
  {name} get values web --all --revision 2",
    operands: Operands::Exactly(1),
    flags: &[&[bool("all", "add the chart's own values").short('a'), OUTPUT, REVISION]],
    run: Some(commands::get::values),
    ..Command::BASE
};
