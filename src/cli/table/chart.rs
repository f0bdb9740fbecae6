//! Rows of the commands that work on charts.

use super::{Command, Flag, Kind, Operands, commands, flags::*, release};

/// `helm create`.
pub(super) const CREATE: Command = Command {
    usage: "create NAME",
    short: "start a new chart",
    long: "
Write a chart that works as it is: a Deployment with Service, Ingress,
HTTPRoute, autoscaler, service account and a test, ready to be changed.

    web/
    ├── .helmignore   # what packages leave out
    ├── Chart.yaml    # name, version, dependencies
    ├── values.yaml   # defaults of everything the templates ask for
    ├── charts/       # charts this one depends on
    └── templates/    # templates, NOTES.txt, and tests/

NAME may be a path: missing folders are made, files in the way are overwritten,
other files stay. --starter copies a chart of your own instead.
",
    examples: "  {name} create web
  {name} create charts/web --starter company-default",
    operands: Operands::Exactly(1),
    flags: &[&[
        flag("chart-api-version", Kind::String, "v2", "chart API version: v2 or v3").hidden(),
        string("starter", "chart to copy: a name in the starters folder, or an absolute path").short('p'),
    ]],
    run: Some(commands::create::run),
    ..Command::BASE
};

/// `helm template`.
pub(super) const TEMPLATE: Command = Command {
    usage: "template [NAME] [CHART]",
    short: "render a chart and print the manifests",
    long: "
Render a chart as install would and print the manifests instead of applying them.

No cluster is asked, so templates see a default Kubernetes version and API list:
--kube-version and --api-versions say what the target has, and --dry-run=server
asks a real one. NAME may be left out; the release is then called release-name.
",
    examples: "  {name} template web ./web -f production.yaml
  {name} template ./web --show-only templates/deployment.yaml
  {name} template web ./web --api-versions networking.k8s.io/v1,cert-manager.io/v1 --kube-version 1.33
  {name} template web ./web --output-dir rendered",
    operands: Operands::AtLeast(1),
    flags: &[
        release::INSTALL_FLAGS,
        &[
            flag("api-versions", Kind::StringSlice, "", "API versions that templates shall find in .Capabilities.APIVersions (repeatable)")
                .short('a'),
            flag("dry-run", Kind::String, "client", "whom to ask: \"client\" asks no cluster, \"server\" has it answer lookups and check the result")
                .bare("unset"),
            bool("hide-notes", "")
                .deprecated("this flag has no effect for 'helm template' and will be removed in Helm 5"),
            bool("include-crds", "print the CRDs too"),
            bool("is-upgrade", "let templates see an upgrade (.Release.IsUpgrade) instead of an installation"),
            string("kube-version", "Kubernetes version that templates shall find in .Capabilities.KubeVersion"),
            string("output-dir", "folder to write the manifests to, instead of printing them"),
            bool("release-name", "put the release's name into the paths below --output-dir"),
            bool("render-subchart-notes", "")
                .deprecated("this flag has no effect for 'helm template' and will be removed in Helm 5"),
            string_array("show-only", "print only what comes from this template (repeatable)").short('s'),
            bool("skip-tests", "leave the tests out"),
            bool("validate", "").deprecated("use '--dry-run=server' instead"),
        ],
        SERVER,
        CHART_SOURCE,
        VALUES,
        POST_RENDERER,
    ],
    exclusive: &[&["force-replace", "force-conflicts"], &["force", "force-conflicts"], &["validate", "dry-run"]],
    run: Some(commands::template::run),
    ..Command::BASE
};

/// `helm lint`.
pub(super) const LINT: Command = Command {
    usage: "lint PATH",
    short: "look for mistakes in a chart",
    long: "
Check a chart for what would keep it from installing ([ERROR]) and for what
breaks with convention ([WARNING], [INFO]). Errors make the command fail;
--strict lets warnings do so too.
",
    examples: "  {name} lint ./web
  {name} lint ./web ./api --strict -f ci/values.yaml
  {name} lint ./web --with-subcharts --kube-version 1.33",
    operands: Operands::AtLeast(1),
    flags: &[
        &[
            string("kube-version", "Kubernetes version to check capabilities and deprecations against"),
            bool("quiet", "print warnings and errors alone"),
            bool("skip-schema-validation", "do not check the values against the chart's JSON schema"),
            bool("strict", "fail on warnings"),
            bool("with-subcharts", "check the charts it depends on too"),
        ],
        VALUES,
    ],
    run: Some(commands::lint::run),
    ..Command::BASE
};

/// `helm package`.
pub(super) const PACKAGE: Command = Command {
    usage: "package [CHART_PATH] [...]",
    short: "pack a chart's folder into an archive",
    long: "
Pack charts into archives named NAME-VERSION.tgz, which repositories and
registries hold. --version and --app-version override what Chart.yaml says.

--sign signs the archive with a PGP key: --key names it, --keyring holds it.
",
    examples: "  {name} package ./web
  {name} package ./web ./api -d dist --version 1.2.3 --app-version 2026.11
  {name} package ./web --sign --key 'Release Bot' --keyring secring.gpg",
    flags: &[
        &[
            string("app-version", "app version to put into Chart.yaml"),
            bool("dependency-update", "fetch the dependencies of Chart.yaml into charts/ first").short('u'),
            flag("destination", Kind::String, ".", "folder to write the archive to").short('d'),
            string("key", "name of the key to sign with"),
            Flag { help: "keyring with the key to sign with", ..KEYRING },
            string("passphrase-file", "file with the key's passphrase, \"-\" for standard input"),
            bool("sign", "sign the archive with a PGP key"),
            string("version", "version to put into Chart.yaml"),
        ],
        SERVER,
    ],
    run: Some(commands::package::run),
    ..Command::BASE
};

/// `helm show`.
pub(super) const SHOW: Command = Command {
    usage: "show",
    short: "show what a chart holds",
    long: "
Print parts of a chart, wherever it is: a folder, an archive, a URL, a
repository or a registry.
",
    examples: "  {name} show values ./web > my-values.yaml
  {name} show chart oci://example.com/charts/web --version 1.2.3",
    aliases: &["inspect"],
    operands: Operands::None,
    subcommands: &[&SHOW_ALL, &SHOW_CHART, &SHOW_CRDS, &SHOW_README, &SHOW_VALUES],
    ..Command::BASE
};

const SHOW_ALL: Command = Command {
    usage: "all [CHART]",
    short: "show definition, values, README and CRDs",
    long: "
Print a chart's Chart.yaml, values.yaml, README and CRDs.
",
    examples: "  {name} show all ./web",
    operands: Operands::Exactly(1),
    flags: &[&[DEVEL], SERVER, CHART_SOURCE],
    run: Some(commands::show::all),
    ..Command::BASE
};

const SHOW_CHART: Command = Command {
    usage: "chart [CHART]",
    short: "show the definition",
    long: "
Print a chart's Chart.yaml.
",
    examples: "  {name} show chart ./web-1.2.3.tgz",
    run: Some(commands::show::chart),
    ..SHOW_ALL
};

const SHOW_CRDS: Command = Command {
    usage: "crds [CHART]",
    short: "show the CRDs",
    long: "
Print a chart's custom resource definitions.
",
    examples: "  {name} show crds ./web | kubectl apply --server-side -f -",
    run: Some(commands::show::crds),
    ..SHOW_ALL
};

const SHOW_README: Command = Command {
    usage: "readme [CHART]",
    short: "show the README",
    long: "
Print a chart's README.
",
    examples: "  {name} show readme example/web",
    run: Some(commands::show::readme),
    ..SHOW_ALL
};

const SHOW_VALUES: Command = Command {
    usage: "values [CHART]",
    short: "show the default values",
    long: "
Print a chart's values.yaml, or with --jsonpath a part of it.
",
    examples: "  {name} show values ./web
  {name} show values ./web --jsonpath '{.image.tag}'",
    flags: &[&[DEVEL, string("jsonpath", "JSONPath of the part to print")], SERVER, CHART_SOURCE],
    run: Some(commands::show::values),
    ..SHOW_ALL
};

/// `helm dependency`.
pub(super) const DEPENDENCY: Command = Command {
    usage: "dependency update|build|list",
    short: "work with a chart's dependencies",
    long: "
A chart names the charts it depends on in Chart.yaml, and keeps copies of them
in charts/:

    dependencies:
    - name: cache
      version: ^1.2.0
      repository: https://example.com/charts   # or oci://…, file://../cache, @alias

update resolves the versions, writes Chart.lock and fetches the copies; build
fetches exactly what Chart.lock says; list shows what there is.
",
    examples: "  {name} dependency update ./web
  {name} dependency list ./web",
    aliases: &["dep", "dependencies"],
    operands: Operands::None,
    subcommands: &[&DEPENDENCY_BUILD, &DEPENDENCY_LIST, &DEPENDENCY_UPDATE],
    ..Command::BASE
};

const REFRESH: &[Flag] = &[
    Flag { help: "keyring with the public keys to verify with", ..KEYRING },
    bool("skip-refresh", "do not fetch the repositories' indexes anew"),
    bool("verify", "check the packages' signatures"),
];

const DEPENDENCY_BUILD: Command = Command {
    usage: "build CHART",
    short: "fetch what Chart.lock says into charts/",
    long: "
Make charts/ hold exactly the versions that Chart.lock records. A chart without
Chart.lock is resolved as update does.
",
    examples: "  {name} dependency build ./web --skip-refresh",
    operands: Operands::AtMost(1),
    flags: &[REFRESH, SERVER],
    run: Some(commands::dependency::build),
    ..Command::BASE
};

const DEPENDENCY_LIST: Command = Command {
    usage: "list CHART",
    short: "list the dependencies",
    long: "
List a chart's dependencies: name, version, repository, and whether the copy in
charts/ is there and fits. CHART is a folder or an archive.
",
    examples: "  {name} dependency list ./web --max-col-width 120",
    aliases: &["ls"],
    operands: Operands::AtMost(1),
    flags: &[&[flag("max-col-width", Kind::Uint, "80", "widest column of the table")]],
    run: Some(commands::dependency::list),
    ..Command::BASE
};

const DEPENDENCY_UPDATE: Command = Command {
    usage: "update CHART",
    short: "resolve and fetch what Chart.yaml asks for",
    long: "
Find the newest versions that Chart.yaml allows, fetch them into charts/, drop
copies that are no longer wanted, and record the choice in Chart.lock.
",
    examples: "  {name} dependency update ./web",
    aliases: &["up"],
    operands: Operands::AtMost(1),
    flags: &[REFRESH, SERVER],
    run: Some(commands::dependency::update),
    ..Command::BASE
};
