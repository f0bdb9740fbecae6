use super::{
    Error,
    command::{Invocation, Platform, PlatformCommand, prepare},
    manifest::load,
    process::Program,
};

const HERE: Platform = Platform { os: "linux", arch: "amd64" };

fn command(os: &str, arch: &str, command: &str) -> PlatformCommand {
    PlatformCommand { os: os.into(), arch: arch.into(), command: command.into(), args: Vec::new() }
}

fn chosen(commands: &[PlatformCommand]) -> Option<String> {
    prepare(commands, HERE, true, &[], &|_| String::new()).ok().map(|invocation| invocation.program)
}

#[test]
fn the_most_specific_command_is_chosen_and_the_first_of_equals() {
    let any = command("", "", "any");
    let os = command("Linux", "", "os");
    let exact = command("linux", "AMD64", "exact");
    let other = command("darwin", "", "other");
    let arch_only = command("", "amd64", "arch");
    assert_eq!(chosen(&[any.clone(), os.clone(), exact.clone()]).as_deref(), Some("exact"));
    assert_eq!(chosen(&[any.clone(), os.clone(), command("linux", "", "later")]).as_deref(), Some("os"));
    assert_eq!(chosen(&[other.clone(), any.clone(), command("", "", "later")]).as_deref(), Some("any"));
    assert_eq!(chosen(&[other, arch_only]), None);
    assert_eq!(chosen(&[command("", "", "")]), None);
}

#[test]
fn old_descriptions_are_commands_or_downloaders() {
    let old = load(b"name: a\ncommand: $HELM_PLUGIN_DIR/x -y\nusage: \"a\\tb\"\n").unwrap();
    assert_eq!((old.kind.as_str(), old.api_version.as_str()), ("cli/v1", "legacy"));
    let getter = load(b"name: a\ndownloaders: [{command: x, protocols: [s3]}]\n").unwrap();
    assert_eq!(getter.kind, "getter/v1");
}

#[test]
fn a_description_with_an_unknown_field_is_refused() {
    let text =
        "apiVersion: v1\nname: a\nversion: 1.0.0\ntype: postrenderer/v1\nruntime: subprocess\nfoo: 1\n";
    let error = load(text.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "yaml: unmarshal errors:\n  line 6: field foo not found in type plugin.MetadataV1"
    );
}

fn shell(script: &str) -> Program {
    let args = vec!["-c".to_owned(), script.to_owned()];
    Program::find(Invocation { program: "sh".to_owned(), args }, "/usr/bin:/bin")
}

#[cfg(unix)]
#[test]
fn a_program_that_writes_without_end_is_stopped() {
    let error = shell("while :; do echo more; done").run("p", &[], b"", 1_000).unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 1_000, .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_program_may_leave_its_input_unread_and_answer_much() {
    let input = vec![b'x'; 1 << 20];
    assert_eq!(shell("echo done").run("p", &[], &input, 1_000).unwrap().stdout, b"done\n");
    assert_eq!(shell("cat").run("p", &[], &input, 1 << 21).unwrap().stdout, input);
    let ended = shell("exit 3").run("p", &[], &input, 10).unwrap();
    assert_eq!(
        ended.failure.map(|failure| (failure.words, failure.code)),
        Some(("exit status 3".to_owned(), 3))
    );
}

#[test]
fn aliases_cannot_make_a_description_explode() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", [before.as_str(); 10].join(", ")));
    }
    let error = load(text.as_bytes()).unwrap_err().to_string();
    assert!(error.ends_with("yaml: document contains excessive aliasing"), "{error}");
}
