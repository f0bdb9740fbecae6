//! Helm's engine: the templates of a chart and its subcharts as one set (`pkg/engine/engine.go`).

use super::{
    capabilities::Capabilities,
    error::{RenderError, cleanup_parse_error, reformat_exec_error},
    excerpt,
    files::Unreadable,
    funcs::{self, Log, Lookup},
    scope::{self, Renderable},
    tera, values_methods,
};
use crate::chart::{
    Chart,
    load::{SourceFile, is_template},
    path,
};
use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use memchr::memmem::Finder;
use serde_json::Value as Json;
use std::{
    collections::BTreeMap,
    error::Error,
    mem,
    sync::{
        Arc, LazyLock,
        mpsc::{self, Sender},
    },
    thread,
};
use templates_engine::{
    exec::{ExecError, Host, Limits, MissingKey, ParseAhead, TemplateSet},
    value::{Map, ObjectRef, Signature, Value},
};

/// The stack of the thread that renders: Helm's bound of 1,000 nested includes must fit, with what
/// the templates nest between them.
const STACK: usize = 512 << 20;
/// What the engine may use of it; the rest is for the functions it calls last.
const ENGINE_STACK: usize = STACK - (8 << 20);

/// Rendered files are handed over when they come to so many bytes: waking a thread takes as long as reading a
/// small one.
const PORTION: usize = 16 << 10;

/// How to render.
#[derive(Clone, Default)]
pub struct Engine {
    /// A missing key is an error.
    pub strict: bool,
    /// `required` and `fail` log instead of failing, and `lookup` finds nothing.
    pub lint_mode: bool,
    /// `getHostByName` asks the resolver.
    pub enable_dns: bool,
    /// What another thread parses already ([`parse_ahead`]).
    pub ahead: ParseAhead,
    /// What `lookup` asks; without it every lookup finds nothing.
    pub lookup: Option<Arc<dyn Lookup>>,
    /// The process ends soon after: what rendering took is left to the system. Giving back each piece takes
    /// longer than it is worth then.
    pub ends: bool,
}

/// What templates are rendered with.
#[derive(Clone, Debug)]
pub struct RenderValues {
    /// `.Values` of the root chart: coalesced, a map.
    pub values: Json,
    /// `.Release`.
    pub release: ReleaseOptions,
    /// `.Capabilities`.
    pub capabilities: Capabilities,
    /// Now, for the date functions.
    pub now: Timestamp,
}

/// `.Release`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseOptions {
    /// The release's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its revision, from 1; 0 is no release at all, neither install nor upgrade.
    pub revision: i64,
    /// Whether this is an upgrade or rollback; an install otherwise.
    pub is_upgrade: bool,
}

/// The rendered files, and what rendering had to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Text by full path (`chart/charts/sub/templates/x.yaml`); partials are not in it.
    pub files: BTreeMap<String, Bytes>,
    /// What lint mode let pass.
    pub log: Vec<Log>,
}

impl Engine {
    /// Renders every template of the chart and its subcharts.
    ///
    /// ```
    /// use skiff::{chart::{Chart, File}, render::{Capabilities, Engine, ReleaseOptions, RenderValues}};
    ///
    /// let mut chart = Chart::default();
    /// chart.metadata.name = "web".into();
    /// let text = "name: {{ .Release.Name }}-{{ .Chart.Name }}\n";
    /// chart.templates.push(File { name: "templates/a.yaml".into(), data: text.into(), ..File::default() });
    ///
    /// let values = RenderValues {
    ///     values: serde_json::json!({}),
    ///     release: ReleaseOptions {
    ///         name: "demo".into(), namespace: "default".into(), revision: 1, is_upgrade: false,
    ///     },
    ///     capabilities: Capabilities::default(),
    ///     now: jiff::Timestamp::UNIX_EPOCH,
    /// };
    /// let rendered = Engine::default().render(&chart, &values)?;
    /// assert_eq!(rendered.files["web/templates/a.yaml"], "name: demo-web\n");
    /// # Ok::<(), skiff::render::RenderError>(())
    /// ```
    ///
    /// # Errors
    /// The first template that does not parse or fails, in Helm's words.
    pub fn render(&self, chart: &Chart, values: &RenderValues) -> Result<Rendered, RenderError> {
        let mut files = BTreeMap::new();
        let log = self.render_each(chart, values, |path, text| {
            files.insert(path, text.into());
        })?;
        Ok(Rendered { files, log })
    }

    /// As [`Engine::render`], and gives each file away, with its path, as soon as it is rendered: what is done
    /// with it then is done while another thread renders the next. They come in no particular order; what is
    /// left is what lint mode let pass.
    ///
    /// # Errors
    /// As [`Engine::render`]; some files have been given away by then.
    pub fn render_each(
        &self,
        chart: &Chart,
        values: &RenderValues,
        mut each: impl FnMut(String, Vec<u8>),
    ) -> Result<Vec<Log>, RenderError> {
        thread::scope(|scope| {
            let (sender, finished) = mpsc::channel();
            let thread = thread::Builder::new().name("render".into()).stack_size(STACK);
            let handle = thread
                .spawn_scoped(scope, || self.render_here(chart, values, sender))
                .map_err(|error| RenderError::new(format!("rendering template failed: {error}")))?;
            finished.into_iter().flatten().for_each(|(path, text)| each(path, text));
            handle.join().unwrap_or_else(|_| Err(RenderError::new("rendering template failed")))
        })
    }

    fn render_here(
        &self,
        chart: &Chart,
        values: &RenderValues,
        finished: Sender<Vec<(String, Vec<u8>)>>,
    ) -> Result<Vec<Log>, RenderError> {
        let host = RenderHost { now: values.now, enable_dns: self.enable_dns };
        let unreadable = Unreadable::default();
        let templates = in_parse_order(scope::all_templates(chart, values, &unreadable));
        let (mut functions, log) = funcs::function_map(self);
        let tera = tera::Dialect::new(&templates, &functions)?;
        if let Some(tera) = &tera {
            tera.add_function(&mut functions);
        }
        let missing = if self.strict { MissingKey::Error } else { MissingKey::Zero };
        let limits = limits();
        let mut set = TemplateSet::new("gotpl", functions).missing_key(missing).limits(limits);
        for (name, text) in tera.iter().flat_map(tera::Dialect::stand_ins) {
            set.parse(&name, text.as_str()).map_err(|error| RenderError::new(format!("{name}: {error}")))?;
        }
        let go = templates.iter().filter(|template| !tera::is_tera(&template.name));
        let texts = go.map(|template| Ok((template.name.as_str(), template.text()?.clone())));
        let texts = texts.collect::<Result<Vec<_>, RenderError>>()?;
        set.parse_all(&texts, &self.ahead).map_err(|error| {
            let message = cleanup_parse_error(&error.name, &error.to_string());
            let text = texts.iter().find(|(name, _)| *name == error.name);
            RenderError::new(message)
                .with_excerpt(text.and_then(|(_, text)| excerpt::of_line(text, error.line)))
        })?;
        let (mut done, mut size) = (Vec::new(), 0);
        for template in templates.iter().filter(|template| !is_partial(&template.name)) {
            template.scope.insert("Template", template_values(template));
            let data = Value::Map(template.scope.clone());
            let output = set
                .execute(&host, &template.name, &data)
                .map_err(|error| exec_error(&templates, &template.name, &error))?;
            if let Some(error) = unreadable.get() {
                return Err(RenderError::new(format!("{}: {error}", template.name)));
            }
            size += output.len();
            done.push((template.name.clone(), without_no_value(output)));
            if size >= PORTION {
                // Nobody listens any more only when the other side panicked.
                let _ = finished.send(mem::take(&mut done));
                size = 0;
            }
        }
        let _ = finished.send(done);
        if self.ends {
            mem::forget((set, templates));
        }
        Ok(log.take())
    }
}

fn limits() -> Limits {
    Limits { stack: ENGINE_STACK, ..Limits::default() }
}

/// Begins to parse the templates among a chart's files while what they are called and rendered with is worked
/// out; for [`Engine::ahead`].
pub fn parse_ahead(files: &[SourceFile]) -> ParseAhead {
    let templates = files.iter().filter(|file| is_template(&file.name) && !tera::is_tera(&file.name));
    let texts = templates.filter_map(|file| file.data.bytes().ok().cloned()).collect();
    ParseAhead::start(texts, &limits(), || funcs::function_map(&Engine::default()).0)
}

/// Files nearer the root come later, so that their definitions win; among equals the later name
/// comes first.
fn in_parse_order(templates: Vec<Renderable<'_>>) -> Vec<Renderable<'_>> {
    let depth = |name: &str| name.bytes().filter(|byte| *byte == b'/').count();
    let mut templates: Vec<_> =
        templates.into_iter().map(|template| (depth(&template.name), template)).collect();
    templates.sort_by(|(a_depth, a), (b_depth, b)| {
        b_depth.cmp(a_depth).then_with(|| path::compare(&b.name, &a.name))
    });
    // Of two files with one name the last one read stays, as in Helm's map.
    templates.dedup_by(|(_, a), (_, b)| a.name == b.name);
    templates.into_iter().map(|(_, template)| template).collect()
}

fn is_partial(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|base| base.starts_with('_'))
}

/// `.Template`.
fn template_values(template: &Renderable<'_>) -> Value {
    let entries = [("Name", template.name.as_str()), ("BasePath", template.base_path.as_str())];
    Value::Map(templates_engine::value::Map::new(
        &scope::VALUES,
        entries.map(|(key, value)| (key.into(), Value::from(value))),
    ))
}

/// With `missingkey=zero` Go still prints `<no value>` for a missing key; Helm removes the words.
pub(super) fn without_no_value(output: Vec<u8>) -> Vec<u8> {
    const NO_VALUE: &[u8] = b"<no value>";
    static FINDER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(NO_VALUE));
    let mut found = FINDER.find_iter(&output).peekable();
    if found.peek().is_none() {
        drop(found);
        return output;
    }
    let mut kept = Vec::with_capacity(output.len());
    let mut from = 0;
    for at in found {
        kept.extend_from_slice(&output[from..at]);
        from = at + NO_VALUE.len();
    }
    kept.extend_from_slice(&output[from..]);
    kept
}

fn exec_error(templates: &[Renderable<'_>], name: &str, error: &ExecError) -> RenderError {
    let mut chain = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        chain.push(error.to_string());
        cause = error.source();
    }
    if let Some(message) = chain.first().and_then(|text| tera::worded(text)) {
        return RenderError::new(message);
    }
    let place = error.innermost().location().or(error.location());
    let excerpt = place.and_then(|place| {
        let template = templates.iter().find(|template| template.name == place.source)?;
        excerpt::of_place(template.text().ok()?, place)
    });
    RenderError::new(reformat_exec_error(name, &chain)).with_excerpt(excerpt)
}

/// Fills the buffer with the system's random bytes.
pub fn fill_random(buffer: &mut [u8]) {
    // A machine without randomness cannot make keys; nothing sensible can be rendered there.
    getrandom::fill(buffer).expect("the system gives random bytes");
}

/// The world as templates see it.
struct RenderHost {
    now: Timestamp,
    enable_dns: bool,
}

impl Host for RenderHost {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn local_zone(&self) -> TimeZone {
        TimeZone::system()
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        fill_random(buffer);
    }

    fn map_method(&self, map: &Map, name: &[u8]) -> Option<(ObjectRef, Signature)> {
        values_methods::method(map, name)
    }

    fn host_by_name(&self, name: &str) -> Option<String> {
        if !self.enable_dns {
            return None;
        }
        let addresses = std::net::ToSocketAddrs::to_socket_addrs(&(name, 0)).ok()?;
        addresses.map(|address| address.ip().to_string()).next()
    }
}
