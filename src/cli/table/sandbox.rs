//! Rows of the commands about the sandbox.

use super::{Command, Operands, commands::sandbox, flags::*};

const NAME: Operands = Operands::AtMost(1);

/// `skiff sandbox`.
pub(super) const SANDBOX: Command = Command {
    usage: "sandbox",
    short: "run a Kubernetes API on this machine, with no cluster",
    long: "
Run a Kubernetes API on this machine, with no cluster: a server on loopback that
keeps objects and answers as the real API server does, with controllers and a
simulated node, so that charts install, become ready, upgrade and go.

    {name} --sandbox install web ./web    starts it when needed
    {name} --sandbox list
    export KUBECONFIG=$({name} sandbox kubeconfig)
    kubectl get all

--sandbox=NAME, or $SKIFF_SANDBOX, sends any command to the sandbox of that name;
yours is called default where you name none. No container runs in it: it is for
trying out and testing charts, never for production.
",
    examples: "  {name} sandbox start
  {name} --sandbox install web ./web
  {name} sandbox status
  {name} sandbox stop",
    subcommands: &[&KUBECONFIG, &LOGS, &RESET, &START, &STATUS, &STOP],
    own: true,
    ..Command::BASE
};

const START: Command = Command {
    usage: "start [NAME]",
    short: "start a sandbox in the background",
    long: "
Start a sandbox in the background, and return when it answers. One that runs
already stays as it is.

Its files are its owner's alone, in $XDG_DATA_HOME/skiff/sandbox/NAME: state,
certificates, token, kubeconfig, log. Nothing else is touched, your kubeconfig
least of all.
",
    examples: "  {name} sandbox start
  {name} sandbox start demo --ephemeral
  {name} sandbox start old --kube-version v1.34.0 --port 6443
  {name} sandbox start ci --foreground",
    operands: NAME,
    flags: &[&[
        string("authorization", "who may do what: 'rbac' obeys roles, 'always-allow' lets every user do all")
            .default_text("rbac"),
        bool("detached", "").hidden(),
        bool("ephemeral", "keep the state in memory: it is gone when the sandbox stops"),
        bool("foreground", "run here until Ctrl-C, not in the background"),
        string("home", "").hidden(),
        string("kube-version", "Kubernetes version to report"),
        int("port", "0", "port on loopback; 0 takes the one of last time, or any that is free"),
    ]],
    run: Some(sandbox::start),
    ..Command::BASE
};

const STOP: Command = Command {
    usage: "stop [NAME]",
    short: "stop a sandbox; its state stays",
    long: "
Stop a sandbox. What was in it is there again when it starts, unless it was
started with --ephemeral.
",
    examples: "  {name} sandbox stop
  {name} sandbox stop demo",
    operands: NAME,
    run: Some(sandbox::stop),
    ..Command::BASE
};

const STATUS: Command = Command {
    usage: "status [NAME]",
    short: "show which sandboxes there are, and which run",
    long: "
Show all sandboxes, or the one that is named: whether it runs, where, and since
when.
",
    examples: "  {name} sandbox status
  {name} sandbox status demo -o json",
    operands: NAME,
    flags: &[&[OUTPUT]],
    run: Some(sandbox::status),
    ..Command::BASE
};

const RESET: Command = Command {
    usage: "reset [NAME]",
    short: "make a sandbox empty again",
    long: "
Remove everything in a sandbox: namespaces, releases, all. One that runs is
stopped and started again; certificates, token and port stay, and so do
kubeconfigs that you copied.
",
    examples: "  {name} sandbox reset
  {name} sandbox reset demo",
    operands: NAME,
    run: Some(sandbox::reset),
    ..Command::BASE
};

const KUBECONFIG: Command = Command {
    usage: "kubeconfig [NAME]",
    short: "print the path of a sandbox's kubeconfig",
    long: "
Print the path of the kubeconfig that leads to a sandbox, for kubectl and others.
The sandbox is started when it does not run.
",
    examples: "  export KUBECONFIG=$({name} sandbox kubeconfig)
  kubectl --kubeconfig \"$({name} sandbox kubeconfig demo)\" get pods -A",
    operands: NAME,
    run: Some(sandbox::kubeconfig),
    ..Command::BASE
};

const LOGS: Command = Command {
    usage: "logs [NAME]",
    short: "print a sandbox's log",
    long: "
Print what the server of a sandbox logs: starts, stops, and what went wrong.
",
    examples: "  {name} sandbox logs
  {name} sandbox logs demo --follow",
    operands: NAME,
    flags: &[&[bool("follow", "go on printing what comes, until Ctrl-C").short('f')]],
    run: Some(sandbox::logs),
    ..Command::BASE
};
