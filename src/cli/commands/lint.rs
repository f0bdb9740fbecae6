//! `lint`: checks charts and says what it finds.

use crate::{
    actions::lint::{LintResult, is_archive, lint},
    chart::path,
    cli::{CliError, Ctx, Matches, args::ValuesArgs},
    fetch::{SchemaDocuments, Sources},
    lint::{Options, Severity},
    log::{Log, Record},
    render::KubeVersion,
    values::sources::merge_values,
};
use skiff_compact::Order;
use std::{fmt::Write, fs, path::Path, rc::Rc};

/// What was typed.
struct LintArgs {
    paths: Vec<String>,
    kube_version: String,
    quiet: bool,
    skip_schema_validation: bool,
    strict: bool,
    with_subcharts: bool,
    values: ValuesArgs,
}

impl From<&Matches> for LintArgs {
    fn from(matches: &Matches) -> Self {
        Self {
            paths: matches.operands().to_vec(),
            kube_version: matches.string("kube-version"),
            quiet: matches.bool("quiet"),
            skip_schema_validation: matches.bool("skip-schema-validation"),
            strict: matches.bool("strict"),
            with_subcharts: matches.bool("with-subcharts"),
            values: ValuesArgs::from(matches),
        }
    }
}

/// Runs `lint`.
///
/// # Errors
/// A Kubernetes version or values that cannot be read; any chart that fails.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let args = LintArgs::from(matches);
    let kube_version = match args.kube_version.as_str() {
        "" => None,
        text => Some(
            KubeVersion::parse(text)
                .map_err(|error| CliError::from(error).context(format!("invalid kube version '{text}'")))?,
        ),
    };
    let folder = ctx.path("");
    let mut paths = args.paths.clone();
    if args.with_subcharts {
        args.paths.iter().for_each(|path| subcharts(&path::join(path, "charts"), &folder, &mut paths));
    }
    let options = Options {
        namespace: ctx.namespace(),
        kube_version,
        skip_schema_validation: args.skip_schema_validation,
        now: ctx.clock.now(),
        documents: Rc::new(SchemaDocuments),
    };
    let sources = &mut Sources { stdin: ctx.stdin, folder: folder.clone() };
    let mut values = merge_values(&(&args.values).into(), sources)?;
    let tolerated = if args.strict { Severity::Info } else { Severity::Warning };
    let (mut text, mut failed, mut noisy) = (String::new(), 0, false);
    for path in &paths {
        let mut log: Vec<Record> = Vec::new();
        let result = lint(path, &folder, &mut values, &options, tolerated, &mut log);
        log.into_iter().for_each(|record| ctx.record(record));
        noisy |= result.has_warnings_or_errors();
        failed += usize::from(!result.errors.is_empty());
        if !args.quiet || result.has_warnings_or_errors() {
            report(path, &result, args.quiet, &mut text);
        }
    }
    ctx.print(&text)?;
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed", paths.len());
    if failed > 0 {
        return Err(CliError::new(summary));
    }
    if !args.quiet || noisy {
        ctx.print(&format!("{summary}\n"))?;
    }
    Ok(())
}

/// What is said about one chart.
fn report(path: &str, result: &LintResult, quiet: bool, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "==> Linting {path}");
    if result.messages.is_empty() {
        for error in &result.errors {
            let _ = writeln!(text, "Error {error}");
        }
    }
    for message in &result.messages {
        if !quiet || message.severity > Severity::Info {
            let _ = writeln!(text, "{message}");
        }
    }
    text.push('\n');
}

/// Adds the charts below a folder, folders in the order of their names; links are not followed.
fn subcharts(dir: &str, folder: &Path, paths: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder.join(dir)) else { return };
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.order();
    for name in names {
        let path = path::join(dir, &name);
        if name == "Chart.yaml" {
            paths.push(dir.to_owned());
        } else if is_archive(&path) {
            paths.push(path.clone());
        }
        if fs::symlink_metadata(folder.join(&path)).is_ok_and(|found| found.is_dir()) {
            subcharts(&path, folder, paths);
        }
    }
}
