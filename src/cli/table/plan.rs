//! Rows of the commands that show operations before they are done. Helm has none of them.

use super::{Command, Flag, Operands, commands, flags::*, release};

const SHOW_SECRETS: Flag =
    bool("show-secrets", "show the contents of Secrets, and write them and values into --out");

const PLAN_FLAGS: &[Flag] = &[string("out", "file to write the plan to, for apply"), SHOW_SECRETS];

/// `skiff plan`.
pub(super) const PLAN: Command = Command {
    usage: "plan",
    short: "show what an operation would do, and do nothing",
    long: "
Show what an install, upgrade, rollback or uninstall would create, change,
recreate and delete. The server is asked to rehearse every change, so what it
would add or refuse shows; nothing is changed.

The exit code is 0 where nothing would change, 2 where something would, and 1
where the operation would fail. The contents of Secrets are hidden.

--out writes the plan to a file, which 'apply' carries out.
",
    examples: "  {name} plan upgrade web ./web --set image.tag=2.0.1
  {name} plan upgrade web ./web -f production.yaml --out web.plan && {name} apply web.plan
  {name} plan uninstall web -o json",
    operands: Operands::None,
    subcommands: &[&INSTALL, &ROLLBACK, &UNINSTALL, &UPGRADE],
    own: true,
    ..Command::BASE
};

const INSTALL: Command = Command {
    usage: "install [NAME] [CHART]",
    short: "show what an install would do",
    long: "Show what install would do with the same words. See 'plan' and 'install'.",
    examples: "  {name} plan install web ./web -n shop",
    operands: Operands::AtLeast(1),
    flags: &[
        PLAN_FLAGS,
        release::INSTALL_FLAGS,
        release::INSTALL_MORE,
        release::CRDS,
        SERVER,
        CHART_SOURCE,
        VALUES,
        POST_RENDERER,
    ],
    exclusive: release::FORCE_EXCLUSIVE,
    run: Some(commands::plan::run),
    own: true,
    ..Command::BASE
};

const UPGRADE: Command = Command {
    usage: "upgrade [RELEASE] [CHART]",
    short: "show what an upgrade would do",
    long: "Show what upgrade would do with the same words. See 'plan' and 'upgrade'.",
    examples: "  {name} plan upgrade web ./web --set replicas=3",
    operands: Operands::Exactly(2),
    flags: &[PLAN_FLAGS, release::UPGRADE_FLAGS, release::CRDS, SERVER, CHART_SOURCE, VALUES, POST_RENDERER],
    exclusive: release::FORCE_EXCLUSIVE,
    run: Some(commands::plan::run),
    own: true,
    ..Command::BASE
};

const ROLLBACK: Command = Command {
    usage: "rollback <RELEASE> [REVISION]",
    short: "show what a rollback would do",
    long: "Show what rollback would do with the same words. See 'plan' and 'rollback'.",
    examples: "  {name} plan rollback web 3",
    operands: Operands::AtLeast(1),
    flags: &[PLAN_FLAGS, &[OUTPUT], release::ROLLBACK_FLAGS],
    exclusive: release::FORCE_EXCLUSIVE,
    run: Some(commands::plan::run),
    own: true,
    ..Command::BASE
};

const UNINSTALL: Command = Command {
    usage: "uninstall RELEASE_NAME",
    short: "show what an uninstall would do",
    long: "Show what uninstall would do with the same words. See 'plan' and 'uninstall'.",
    examples: "  {name} plan uninstall web",
    operands: Operands::Exactly(1),
    flags: &[PLAN_FLAGS, &[OUTPUT], release::UNINSTALL_FLAGS],
    run: Some(commands::plan::run),
    own: true,
    ..Command::BASE
};

/// `skiff apply`.
pub(super) const APPLY: Command = Command {
    usage: "apply PLAN",
    short: "carry out a plan that was saved",
    long: "
Carry out exactly what 'plan --out' wrote down, or refuse: the operation is
planned again, and where the cluster, the chart or its values are not what they
were, nothing is changed and what moved is named.

A plan holds the command's words and a fingerprint, but no contents of Secrets
and no values: charts and files are read again where the plan found them, so run
it in the same folder. Values that were given by --set and its relatives, or on
standard input, are given again here. A plan that was made with --show-secrets
holds them.
",
    examples: "  {name} apply web.plan
  {name} apply web.plan --set password=$PASSWORD",
    operands: Operands::Exactly(1),
    flags: &[
        VALUES,
        &[
            string("password", "password for the chart repository"),
            string("username", "user name for the chart repository"),
        ],
    ],
    run: Some(commands::apply::run),
    own: true,
    ..Command::BASE
};

/// `skiff diff`.
pub(super) const DIFF: Command = Command {
    usage: "diff RELEASE",
    short: "show how live objects differ from a release",
    long: "
Compare the objects of a release with what the cluster holds, and show what was
changed or deleted since: lines with - are the release's, those with + the
cluster's. What the release does not mention is not compared.

The exit code is 0 where nothing differs and 2 where something does. The
contents of Secrets are hidden.
",
    examples: "  {name} diff web
  {name} diff web --revision 3 -o json",
    operands: Operands::Exactly(1),
    flags: &[&[
        OUTPUT,
        int("revision", "0", "revision to compare; the deployed one where not given"),
        SHOW_SECRETS,
    ]],
    run: Some(commands::plan::drift),
    own: true,
    ..Command::BASE
};
