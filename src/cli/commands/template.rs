//! `template`: renders a chart and prints its manifests, without a cluster unless `--dry-run=server` asks one.

mod server;

use crate::{
    actions::{
        output_dir,
        prepare::{self, PrepareError, PrepareOptions},
        render::{self, Content, ContentError, ContentOptions},
        template::{self, TemplateOptions},
    },
    chart::{Chart, load::load_detected_seen},
    cli::{
        CliError, Ctx, Matches,
        args::{
            ValuesArgs,
            deploy::{DryRun, locate_chart_logged, log_version, name_and_chart},
            plugins::post_renderer,
        },
    },
    fetch::{SchemaDocuments, Sources},
    log::{Level, Log as _, Record},
    release::check_name,
    render::{Capabilities, Engine, KubeVersion, ParseAhead, ReleaseOptions, RenderValues, parse_ahead},
    storage::SYSTEM_LABELS,
    values::sources,
};
use serde_json::{Map, Value};
use server::{Server, ServerWorld};
use std::{mem::ManuallyDrop, rc::Rc};

/// The release's name when none is given.
const DEFAULT_NAME: &str = "release-name";

/// What was typed and can be used as it is.
struct TemplateArgs {
    kube_version: Option<KubeVersion>,
    asks_cluster: bool,
    name: String,
    chart: String,
    values: ValuesArgs,
    skip_schema: bool,
    is_upgrade: bool,
    enable_dns: bool,
    include_crds: bool,
    api_versions: Vec<String>,
    output_dir: String,
    release_name_in_path: bool,
    shown: TemplateOptions,
}

impl TemplateArgs {
    fn read(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<Self, CliError> {
        let kube_version = kube_version(&matches.string("kube-version"))?;
        let dry_run = DryRun::from_matches(ctx, matches, true)?;
        log_version(ctx, matches);
        let (name, chart) = name_and_chart(ctx, matches, Some(DEFAULT_NAME))?;
        Ok(Self {
            kube_version,
            asks_cluster: dry_run == DryRun::Server || matches.bool("validate"),
            name,
            chart,
            values: ValuesArgs::from(matches),
            skip_schema: matches.bool("skip-schema-validation"),
            is_upgrade: matches.bool("is-upgrade"),
            enable_dns: matches.bool("enable-dns"),
            include_crds: matches.bool("include-crds"),
            api_versions: matches.strings("api-versions"),
            output_dir: matches.string("output-dir"),
            release_name_in_path: matches.bool("release-name"),
            shown: TemplateOptions {
                no_hooks: matches.bool("no-hooks"),
                skip_tests: matches.bool("skip-tests"),
                show_only: matches.strings("show-only"),
            },
        })
    }

    /// What templates find in `.Capabilities` where no cluster is asked.
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        if let Some(version) = &self.kube_version {
            capabilities.kube_version = version.clone();
        }
        capabilities.api_versions.extend(self.api_versions.iter().cloned());
        capabilities
    }
}

fn kube_version(text: &str) -> Result<Option<KubeVersion>, CliError> {
    if text.is_empty() {
        return Ok(None);
    }
    let version = KubeVersion::parse(text)
        .map_err(|error| CliError::from(error).context(format!("invalid kube version '{text}'")))?;
    Ok(Some(version))
}

/// Runs `template`.
///
/// # Errors
/// A chart, values or flags that cannot be used; a template that fails.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let args = TemplateArgs::read(ctx, matches)?;
    let path = locate_chart_logged(ctx, matches, &args.chart)?;
    let config = merge_values(ctx, &args.values)?;
    let mut ahead = ParseAhead::default();
    // Ends with the process: giving back each of its pieces takes longer than it is worth.
    let mut chart = ManuallyDrop::new(load_detected_seen(&path, ctx, |files| ahead = parse_ahead(files))?);
    prepare::check_installable(&chart)?;
    if chart.metadata.deprecated {
        ctx.warn("this chart is deprecated");
    }
    prepare::check_dependencies(&chart)?;
    let server = match args.asks_cluster {
        true => Some(Server::reach(ctx, matches, &args)?),
        false => None,
    };
    check_release_name(ctx, &args.name)?;
    process_dependencies(ctx, &mut chart, &config)?;
    let world = match &server {
        Some(server) => server.world(ctx, &chart, &args.api_versions)?,
        None => ServerWorld { capabilities: args.capabilities(), ..ServerWorld::default() },
    };
    let values = ManuallyDrop::new(render_values(ctx, &args, &chart, config, world.capabilities)?);
    let labels = matches.map("labels").unwrap_or_default();
    if labels.keys().any(|label| SYSTEM_LABELS.contains(&label.as_str())) {
        return Err(CliError::new(format!(
            "user supplied labels contains system reserved label name. System labels: [{}]",
            SYSTEM_LABELS.join(" ")
        )));
    }
    let plugin = post_renderer(ctx, matches)?;
    let options = ContentOptions {
        engine: Engine {
            enable_dns: args.enable_dns,
            lookup: world.lookup,
            ahead,
            ends: true,
            ..Engine::default()
        },
        include_crds: args.include_crds,
        hide_secret: false,
        sub_notes: false,
        post_renderer: plugin.clone().map(|plugin| plugin as Rc<_>),
    };
    let content = render::content(&chart, &values, &options);
    plugin.iter().flat_map(|plugin| plugin.take_records()).for_each(|record| ctx.record(record));
    server::tell(ctx, &world.lookup_log);
    let content = match content {
        Ok(content) => ManuallyDrop::new(content),
        Err(error) => return fail(ctx, error),
    };
    content.records().for_each(|record| ctx.record(record));
    // What went to files is not part of the manifest any more when Helm looks at it.
    if let Some(server) = server.filter(|_| args.output_dir.is_empty()) {
        server.check(ctx, &content.manifest(), args.is_upgrade)?;
    }
    show(ctx, &args, &content)
}

/// The values that `-f` and the `--set` family give.
///
/// # Errors
/// For the first that cannot be used.
pub(super) fn merge_values(ctx: &mut Ctx<'_>, args: &ValuesArgs) -> Result<Map<String, Value>, CliError> {
    let options = sources::Options::from(args);
    let folder = ctx.path("");
    Ok(sources::merge_values(&options, &mut Sources { stdin: ctx.stdin, folder })?)
}

fn check_release_name(ctx: &mut Ctx<'_>, name: &str) -> Result<(), CliError> {
    let Err(error) = check_name(name) else { return Ok(()) };
    let message = format!("release name {}: {error}", templates_engine::fmt::quote(name.as_bytes()));
    ctx.record(Record::new(Level::Error, "release name check failed").with("error", &message));
    Err(CliError::new(format!("release name check failed: {message}"))
        .hint("use lowercase letters, digits, '-' and '.', 53 characters at most"))
}

fn process_dependencies(
    ctx: &mut Ctx<'_>,
    chart: &mut Chart,
    config: &Map<String, Value>,
) -> Result<(), CliError> {
    let mut log = Vec::new();
    let processed = prepare::process_dependencies(chart, config, &mut log);
    log.into_iter().for_each(|record| ctx.record(record));
    if let Err(PrepareError::Dependencies(cause)) = &processed {
        let message = "chart dependencies processing failed";
        ctx.record(Record::new(Level::Error, message).with("error", cause.to_string()));
    }
    Ok(processed?)
}

fn render_values(
    ctx: &mut Ctx<'_>,
    args: &TemplateArgs,
    chart: &Chart,
    config: Map<String, Value>,
    capabilities: Capabilities,
) -> Result<RenderValues, CliError> {
    let options = PrepareOptions {
        release: ReleaseOptions {
            name: args.name.clone(),
            namespace: ctx.namespace(),
            revision: 1,
            is_upgrade: args.is_upgrade,
        },
        capabilities,
        now: ctx.clock.now(),
        schema_documents: (!args.skip_schema).then(|| Rc::new(SchemaDocuments) as Rc<_>),
    };
    let mut log = Vec::new();
    let values = prepare::render_values(chart, config, options, &mut log);
    log.into_iter().for_each(|record| ctx.record(record));
    Ok(values?)
}

fn show(ctx: &mut Ctx<'_>, args: &TemplateArgs, content: &Content) -> Result<(), CliError> {
    if args.output_dir.is_empty() {
        return Ok(ctx.print(&template::text(content, &args.shown)?)?);
    }
    let mut shown = args.output_dir.clone();
    if args.release_name_in_path {
        shown = format!("{}/{}", shown.trim_end_matches('/'), args.name);
    }
    // Helm looks for the files in the text that it did not keep, after it wrote them all.
    if let Some(first) = args.shown.show_only.first() {
        return Err(template::NotFound(first.clone()).into());
    }
    let documents = template::files(content, &args.shown);
    output_dir::write(&ctx.path(&shown), &documents)?;
    for document in &documents {
        ctx.print(&format!("wrote {shown}/{}\n", document.path))?;
    }
    // What Helm prints of the manifest when it went to files.
    Ok(ctx.print("\n")?)
}

/// With `--debug` what was rendered and the place in the template are printed before the error; without it
/// Helm says that it could be, and a terminal gets the place as a hint.
fn fail(ctx: &mut Ctx<'_>, error: ContentError) -> Result<(), CliError> {
    let excerpt = match &error {
        ContentError::Render(error) => error.excerpt().map(|lines| format!("the template says\n{lines}")),
        _ => None,
    };
    let message = error.to_string();
    if !ctx.settings.debug {
        let failure = CliError::new(format!("{message}\n\nUse --debug flag to render out invalid YAML"));
        return Err(CliError { hint: excerpt, ..failure });
    }
    let rendered = match &error {
        ContentError::Sort { rendered, .. } => rendered.trim(),
        _ => "",
    };
    ctx.print(&format!("{rendered}\n"))?;
    if let Some(excerpt) = excerpt {
        ctx.err().write_all(format!("{excerpt}\n").as_bytes())?;
    }
    Err(CliError::new(message))
}
