//! Completion: the protocol, and the bash script in a real bash.

use crate::support::env::TestEnv;
use std::path::Path;

#[test]
fn commands_flags_and_values_are_offered() {
    let env = TestEnv::new();
    let ask = |words: &[&str]| env.skiff(&[&["__completeNoDesc"], words].concat()).success();
    assert_eq!(ask(&["te"]), "template\ntest\n:4\n");
    assert_eq!(ask(&["get", "ma"]), "manifest\n:4\n");
    assert_eq!(ask(&["list", "-o", ""]), "json\ntable\nyaml\n:4\n");
    assert_eq!(ask(&["list", "--output=j"]), "--output=json\n:4\n");
    assert_eq!(ask(&["lint", "--st"]), "--strict\n:4\n");
    assert_eq!(ask(&["-n", "x", "version", "--sh"]), "--short\n:4\n");
    assert_eq!(ask(&["lint", ""]), ":0\n");
    assert_eq!(ask(&["upgrade", "--forc"]), "--force-conflicts\n--force-crds\n--force-replace\n:4\n");
    let described = env.skiff(&["__complete", "vers"]);
    assert_eq!(described.stdout, "version\tprint the version\n:4\n");
    assert_eq!(described.stderr, "Completion ended with directive: ShellCompDirectiveNoFileComp\n");
}

#[test]
fn bash_completes_by_the_script() {
    let env = TestEnv::new();
    let script = env.skiff(&["completion", "bash"]).success();
    let env = env.file("script.bash", script);
    let program = env!("CARGO_BIN_EXE_skiff");
    let complete = |words: &str, at: usize| {
        let test = format!(
            "source script.bash; COMP_WORDS=({words}); COMP_CWORD={at}; __skiff_complete; echo \"${{COMPREPLY[*]}}\""
        );
        env.run(Path::new("/bin/bash"), &["-c", &test], &env.work()).success()
    };
    assert_eq!(complete(&format!("{program} te"), 1), "template test\n");
    assert_eq!(complete(&format!("{program} list -o ''"), 3), "json table yaml\n");
    assert_eq!(complete(&format!("{program} list --output = y"), 4), "yaml\n");
    assert_eq!(complete(&format!("{program} lint script"), 2), "script.bash\n");
    assert_eq!(complete(&format!("{program} version ''"), 2), "\n");
}

#[test]
fn every_shell_gets_a_script_without_gaps() {
    let env = TestEnv::new();
    for shell in ["bash", "fish", "powershell", "zsh"] {
        let script = env.skiff_as_helm(&["completion", shell]).success();
        assert!(script.contains("helm") && script.contains("__complete"), "{shell}");
        assert!(!script.contains("NAME") && !script.contains("COMPLETE"), "{shell}: a gap is left");
        let short = env.skiff(&["completion", shell, "--no-descriptions"]).success();
        assert!(short.contains("__completeNoDesc") && short.contains("skiff"), "{shell}");
    }
}
