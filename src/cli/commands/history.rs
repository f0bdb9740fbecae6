//! `history`.

use super::releases;
use crate::{
    actions::inspect,
    cli::{CliError, Ctx, Matches, args::Format},
    output::{self, table::Table},
    release::Time,
    storage::{Storage, Summary},
};
use serde::Serialize;

/// A revision, in the order of Helm's JSON.
#[derive(Serialize)]
struct Row {
    revision: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Time>,
    status: String,
    chart: String,
    app_version: String,
    #[serde(skip_serializing_if = "is_zero")]
    rollback_revision: i64,
    description: String,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl From<Summary> for Row {
    fn from(release: Summary) -> Self {
        Self {
            revision: release.version,
            updated: release.info.last_deployed,
            status: release.info.status.to_string(),
            chart: release.chart.display_name(),
            app_version: release.chart.app_version().to_owned(),
            rollback_revision: release.info.rollback_revision,
            description: release.info.description,
        }
    }
}

/// Runs `history`.
///
/// # Errors
/// When there is no such release, or no cluster.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let cluster = releases::cluster(ctx)?;
    releases::reach(ctx, &cluster)?;
    let records = releases::records(ctx, &cluster, cluster.namespace());
    let storage = Storage::new(&*records, ctx.clock);
    let history = inspect::history(&storage, &matches.operands()[0], matches.int("max"))?;
    releases::warn_of_unreadable(ctx, &history.unreadable);
    let rows: Vec<Row> = history.found.into_iter().map(Row::from).collect();
    let text = match Format::from_matches(matches) {
        Format::Json => output::to_json(&rows)?,
        Format::Yaml => output::to_yaml(&rows)?,
        Format::Table => table(rows, matches.bool("show-rollback-revision")),
    };
    Ok(ctx.print(&text)?)
}

fn table(rows: Vec<Row>, with_rollback: bool) -> String {
    let mut table = Table::new();
    let mut add = |first: [String; 5], rollback: String, last: String| {
        let mut cells = first.to_vec();
        cells.extend(with_rollback.then_some(rollback));
        cells.push(last);
        table.row(cells);
    };
    let names = ["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"].map(str::to_owned);
    add(names, "ROLLBACK".into(), "DESCRIPTION".into());
    for row in rows {
        // Go prints its zero time for a revision that says none.
        let updated = row.updated.map_or("Mon Jan  1 00:00:00 0001".into(), |time| time.ansic());
        let rollback =
            if row.rollback_revision > 0 { row.rollback_revision.to_string() } else { String::new() };
        add(
            [row.revision.to_string(), updated, row.status, row.chart, row.app_version],
            rollback,
            row.description,
        );
    }
    format!("{table}\n")
}
