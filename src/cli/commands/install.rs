//! `install`.

use super::{
    releases::{self, with_deployer},
    template::merge_values,
};
use crate::{
    actions::{
        deploy::{
            Common, Crds, DryRun, Values,
            chart::LoadedChart,
            install::{Options, install},
            plan::{self, Planned},
        },
        prepare::{check_dependencies, check_installable},
    },
    chart::load::load_detected,
    cli::{
        CliError, Ctx, Matches,
        args::{
            Format, ValuesArgs,
            deploy::{self, locate_chart, locate_chart_logged, log_version, name_and_chart},
            plugins::post_renderer,
        },
    },
    fetch::SchemaDocuments,
    log::Log as _,
    output::{self, color::Palette, release::Shown},
    release::Release,
};
use std::rc::Rc;

/// Runs `install`.
///
/// # Errors
/// In Helm's words, after `INSTALLATION FAILED`.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let dry_run = dry_run(ctx, matches)?;
    let options = options(matches, dry_run)?;
    let release = run_install(ctx, matches, options).map_err(|error| error.context("INSTALLATION FAILED"))?;
    print(ctx, matches, &release, "")
}

fn options(matches: &Matches, dry_run: DryRun) -> Result<Options, CliError> {
    Ok(Options {
        create_namespace: matches.bool("create-namespace"),
        server_side: matches.bool("server-side"),
        crds: crds(matches)?,
        replace: matches.bool("replace"),
        common: common(matches, dry_run),
        ..Options::default()
    })
}

/// What an install would do.
pub(super) fn planned(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<Planned, CliError> {
    let options = options(matches, DryRun::Server)?;
    plan_install(ctx, matches, options)
}

/// The same for `upgrade --install` too.
pub(super) fn plan_install(
    ctx: &mut Ctx<'_>,
    matches: &Matches,
    options: Options,
) -> Result<Planned, CliError> {
    let (name, mut chart, values) = chart_and_values(ctx, matches)?;
    let cluster = releases::cluster(ctx)?;
    let namespace = cluster.namespace().to_owned();
    let options = Options { name, namespace, ..options };
    let planned =
        with_deployer(ctx, &cluster, |deployer| plan::install(deployer, &mut chart, values, &options));
    Ok(planned?)
}

/// What install and `upgrade --install` have in common: name, chart and values to a release.
pub(super) fn run_install(
    ctx: &mut Ctx<'_>,
    matches: &Matches,
    options: Options,
) -> Result<Release, CliError> {
    let (name, mut chart, values) = chart_and_values(ctx, matches)?;
    let cluster = releases::cluster(ctx)?;
    let namespace = cluster.namespace().to_owned();
    let options = Options { name, namespace, ..options };
    ctx.cancel_on_signal();
    let outcome = with_deployer(ctx, &cluster, |deployer| install(deployer, &mut chart, values, &options));
    // Helm names the first word, which is the chart where the release's name is made up.
    ctx.tell_cancelled(&matches.operands()[0])?;
    outcome.map_err(|error| releases::explained(ctx, &options.name, error))
}

/// The release's name, the chart and the user's values.
fn chart_and_values(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(String, LoadedChart, Values), CliError> {
    log_version(ctx, matches);
    // upgrade has no flags that make up names, and always both words.
    let (name, reference) = match matches.operands() {
        [name, chart] if matches.command.name() == "upgrade" => (name.clone(), chart.clone()),
        _ => name_and_chart(ctx, matches, None)?,
    };
    let (chart, values) = load(ctx, matches, &reference, true)?;
    Ok((name, chart, values))
}

/// The chart and the user's values.
pub(super) fn load(
    ctx: &mut Ctx<'_>,
    matches: &Matches,
    reference: &str,
    is_install: bool,
) -> Result<(LoadedChart, Values), CliError> {
    let path = match is_install {
        true => locate_chart_logged(ctx, matches, reference)?,
        false => locate_chart(ctx, matches, reference)?,
    };
    let values = merge_values(ctx, &ValuesArgs::from(matches))?;
    let chart = load_detected(&path, ctx)?;
    let check_dependencies =
        || check_dependencies(&chart).map_err(|error| dependency_hint(matches, error.into()));
    // Helm looks at the dependencies last for an install, and first for an upgrade.
    if is_install {
        check_installable(&chart)?;
    } else {
        check_dependencies()?;
    }
    if chart.metadata.deprecated {
        ctx.warn("this chart is deprecated");
    }
    if is_install {
        check_dependencies()?;
    }
    let documents = (!matches.bool("skip-schema-validation")).then(|| Rc::new(SchemaDocuments) as Rc<_>);
    let post_renderer = post_renderer(ctx, matches)?;
    Ok((LoadedChart { chart, enable_dns: matches.bool("enable-dns"), documents, post_renderer }, values))
}

/// `--dependency-update` would fetch what is missing.
fn dependency_hint(matches: &Matches, error: CliError) -> CliError {
    if matches.bool("dependency-update") {
        error.hint(
            "--dependency-update is not supported by this version of skiff yet: run 'dependency build' first",
        )
    } else {
        error
    }
}

/// How far to go.
pub(super) fn dry_run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<DryRun, CliError> {
    Ok(match deploy::DryRun::from_matches(ctx, matches, false)? {
        deploy::DryRun::None => DryRun::None,
        deploy::DryRun::Client => DryRun::Client,
        deploy::DryRun::Server => DryRun::Server,
    })
}

/// `--skip-crds` and `--crds`. As in Helm, `--skip-crds` means nothing to an upgrade.
pub(super) fn crds(matches: &Matches) -> Result<Crds, CliError> {
    let force = matches.bool("force-crds");
    match matches.string("crds").as_str() {
        "" if force => Err(CliError::new("--force-crds goes with --crds=upgrade")),
        "" if matches.bool("skip-crds") => Ok(Crds::Skip),
        "" => Ok(Crds::AsHelm),
        "upgrade" => Ok(Crds::Upgrade { force }),
        _ if force => Err(CliError::new("--force-crds goes with --crds=upgrade")),
        "create" => Ok(Crds::Create),
        "skip" => Ok(Crds::Skip),
        other => {
            let message =
                format!("invalid crds value ({other}). Must be \"create\", \"upgrade\", or \"skip\"");
            Err(CliError::new(message))
        }
    }
}

/// The switches that install and upgrade share.
pub(super) fn common(matches: &Matches, dry_run: DryRun) -> Common {
    Common {
        dry_run,
        hide_secret: matches.bool("hide-secret"),
        no_hooks: matches.bool("no-hooks"),
        description: matches.string("description"),
        labels: matches.map("labels").unwrap_or_default(),
        force_conflicts: matches.bool("force-conflicts"),
        force_replace: matches.bool("force-replace"),
        take_ownership: matches.bool("take-ownership"),
        skip_validation: matches.bool("disable-openapi-validation"),
        subchart_notes: matches.bool("render-subchart-notes"),
        wait: releases::wait(matches, matches.bool("wait-for-jobs")),
        rollback_on_failure: matches.bool("rollback-on-failure"),
    }
}

/// Prints a release that was made, after a line for people.
pub(super) fn print(
    ctx: &mut Ctx<'_>,
    matches: &Matches,
    release: &Release,
    line: &str,
) -> Result<(), CliError> {
    let text = match Format::from_matches(matches) {
        Format::Json => output::to_json(release)?,
        Format::Yaml => output::to_yaml(release)?,
        Format::Table => format!("{line}{}", text(ctx, release, matches.bool("hide-notes"))?),
    };
    Ok(ctx.print(&text)?)
}

/// A release that was just worked on, for people; with `--debug`, all of it.
pub(super) fn text(ctx: &mut Ctx<'_>, release: &Release, hide_notes: bool) -> Result<String, CliError> {
    let palette = Palette::new(&ctx.settings.color_mode, ctx.env, ctx.terminal.stdout);
    let computed = match ctx.settings.debug {
        true => Some(super::get::computed(ctx, release)?),
        false => None,
    };
    let shown = Shown { chart: None, details: computed.as_ref(), hide_notes };
    Ok(output::release::text(release, shown, palette)?)
}
