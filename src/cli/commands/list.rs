//! `list`.

use super::releases;
use crate::{
    actions::list::{self, Options, States},
    cli::{CliError, Ctx, Matches, args::Format},
    output::{self, color::Palette, table::Table},
    storage::{Storage, Summary},
};
use serde::Serialize;

struct ListArgs {
    options: Options,
    all_namespaces: bool,
    short: bool,
    no_headers: bool,
    time_format: String,
}

impl From<&Matches> for ListArgs {
    fn from(matches: &Matches) -> Self {
        let states = States {
            deployed: matches.bool("deployed"),
            uninstalled: matches.bool("uninstalled"),
            uninstalling: matches.bool("uninstalling"),
            pending: matches.bool("pending"),
            failed: matches.bool("failed"),
            superseded: matches.bool("superseded"),
        };
        let options = Options {
            states,
            filter: matches.string("filter"),
            selector: matches.string("selector"),
            by_date: matches.bool("date"),
            reverse: matches.bool("reverse"),
            max: matches.int("max"),
            offset: matches.int("offset"),
        };
        Self {
            options,
            all_namespaces: matches.bool("all-namespaces"),
            short: matches.bool("short"),
            no_headers: matches.bool("no-headers"),
            time_format: matches.string("time-format"),
        }
    }
}

/// A row, in the order of Helm's JSON.
#[derive(Serialize)]
struct Row {
    name: String,
    namespace: String,
    revision: String,
    updated: String,
    status: String,
    chart: String,
    app_version: String,
}

/// Runs `list`.
///
/// # Errors
/// When the filter or selector is broken, or there is no cluster.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let args = ListArgs::from(matches);
    let cluster = releases::cluster(ctx)?;
    releases::reach(ctx, &cluster)?;
    let namespace = if args.all_namespaces { "" } else { cluster.namespace() };
    let records = releases::records(ctx, &cluster, namespace);
    let listed = list::list(&Storage::new(&*records, ctx.clock), &args.options)?;
    releases::warn_of_unreadable(ctx, &listed.unreadable);
    let listed = listed.found;
    let format = Format::from_matches(matches);
    if args.short {
        let names: Vec<&str> = listed.iter().map(|release| release.name.as_str()).collect();
        let text = match format {
            Format::Json => output::to_json(&names)?,
            Format::Yaml => output::to_yaml(&names)?,
            Format::Table => names.iter().map(|name| format!("{name}\n")).collect(),
        };
        return Ok(ctx.print(&text)?);
    }
    let rows: Vec<Row> = listed.iter().map(|release| row(ctx, release, &args.time_format)).collect();
    let text = match format {
        Format::Json => output::to_json(&rows)?,
        Format::Yaml => output::to_yaml(&rows)?,
        Format::Table => table(ctx, rows, args.no_headers),
    };
    Ok(ctx.print(&text)?)
}

fn row(ctx: &Ctx<'_>, release: &Summary, time_format: &str) -> Row {
    let updated = match release.info.last_deployed {
        None => "-".to_owned(),
        Some(time) if time_format.is_empty() => time.go_string(&ctx.clock.zone()),
        Some(time) => time.go_format(time_format, &ctx.clock.zone()),
    };
    Row {
        name: release.name.clone(),
        namespace: release.namespace.clone(),
        revision: release.version.to_string(),
        updated,
        status: release.info.status.to_string(),
        chart: release.chart.display_name(),
        app_version: release.chart.app_version().to_owned(),
    }
}

fn table(ctx: &Ctx<'_>, rows: Vec<Row>, no_headers: bool) -> String {
    let palette = Palette::new(&ctx.settings.color_mode, ctx.env, ctx.terminal.stdout);
    let mut table = Table::new();
    if !no_headers {
        let names = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
        table.row(names.map(|name| palette.header(name)));
    }
    for row in rows {
        let (namespace, status) = (palette.namespace(&row.namespace), palette.status(&row.status));
        table.row([row.name, namespace, row.revision, row.updated, status, row.chart, row.app_version]);
    }
    format!("{table}\n")
}
