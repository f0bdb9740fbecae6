//! The second dialect: files under `templates/` that end in `.tera` render with Tera.
//!
//! A Tera file enters the Go set as a template of the same name whose body calls the function
//! [`FUNCTION`]; so `include`, partials, post-processing and the order of rendering are Helm's, and
//! each dialect includes the other. See `docs/tera.md` for what a chart's author sees.

mod bridge;
mod filters;
mod output;
#[cfg(test)]
mod tests;
mod values;

use super::{error::RenderError, scope::Renderable};
use bridge::Bridge;
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};
use templates_engine::{
    exec::{Call, FuncError, FuncMap},
    fmt::quote,
    value::{Signature, Type, Value},
};

/// The Go function that renders a Tera file or block by name; only charts with Tera files have it.
const FUNCTION: &str = "_tera";
/// Deepest nest of Tera files that include each other through `include`.
const MAX_DEPTH: usize = 64;

/// Marks an error that is worded already, place included.
const ERROR_START: &str = "TERA_ERR_START";
const ERROR_END: &str = "TERA_ERR_END";

/// Whether the file is of this dialect.
pub(super) fn is_tera(name: &str) -> bool {
    name.ends_with(".tera")
}

/// The chart's Tera files.
pub(super) struct Dialect {
    shared: Arc<Shared>,
}

/// What rendering threads need.
struct Shared {
    tera: tera::Tera,
    /// Block names and the file each is defined in.
    blocks: BTreeMap<String, String>,
}

impl Dialect {
    /// Parses the Tera files among the templates; `None` when there are none.
    ///
    /// # Errors
    /// What Tera refuses, with file, line and column.
    pub(super) fn new(
        templates: &[Renderable<'_>],
        functions: &FuncMap,
    ) -> Result<Option<Self>, RenderError> {
        let mut sources = Vec::new();
        for template in templates.iter().filter(|template| is_tera(&template.name)) {
            let text = std::str::from_utf8(template.text()?)
                .map_err(|_| RenderError::new(format!("parse error at ({}): not UTF-8", template.name)))?;
            sources.push((template.name.as_str(), text));
        }
        if sources.is_empty() {
            return Ok(None);
        }
        let mut tera = tera::Tera::default();
        tera.autoescape_on(Vec::<&str>::new());
        filters::register(&mut tera, functions.names());
        tera.add_raw_templates(sources.iter().copied())
            .map_err(|error| RenderError::new(output::parse_error(&error)))?;
        let mut blocks = BTreeMap::new();
        for (name, text) in &sources {
            for block in block_names(text) {
                blocks.entry(block).or_insert_with(|| (*name).to_owned());
            }
        }
        Ok(Some(Self { shared: Arc::new(Shared { tera, blocks }) }))
    }

    /// The Go templates that stand for the files and blocks: name and text.
    pub(super) fn stand_ins(&self) -> Vec<(String, String)> {
        let call = |name: &str| format!("{{{{ {FUNCTION} {} . }}}}", quote(name.as_bytes()));
        let files: BTreeSet<&str> = self.shared.tera.get_template_names().collect();
        let blocks = self.shared.blocks.keys().map(|block| {
            (
                format!("block {block}"),
                format!("{{{{ define {} }}}}{}{{{{ end }}}}", quote(block.as_bytes()), call(block)),
            )
        });
        // Blocks first: what Go templates define under such a name wins.
        blocks.chain(files.into_iter().map(|file| (file.to_owned(), call(file)))).collect()
    }

    /// Adds the function that stands behind the stand-ins.
    pub(super) fn add_function(&self, functions: &mut FuncMap) {
        const NAME_AND_DATA: &[Type] = &[Type::String, Type::Any];
        let (shared, depth) = (Arc::clone(&self.shared), Rc::new(Cell::new(0usize)));
        functions.add(FUNCTION, Signature::fixed(NAME_AND_DATA, Type::String), move |call, args| {
            let name = args[0].as_str().map(|name| name.to_text().into_owned()).unwrap_or_default();
            if depth.get() >= MAX_DEPTH {
                return Err(FuncError::new(format!(
                    "{name}: more than {MAX_DEPTH} Tera templates inside one another"
                )));
            }
            depth.set(depth.get() + 1);
            let rendered = render(&shared, call, &name, &args[1]);
            depth.set(depth.get() - 1);
            rendered
        });
    }
}

/// Tera runs in a thread of its own, because its functions must not hold on to the engine; the
/// engine's thread answers their calls until it ends.
fn render(shared: &Shared, call: &mut Call<'_>, name: &str, data: &Value) -> Result<Value, FuncError> {
    let mut objects = values::Objects::default();
    let context = values::context(&mut objects, data);
    let worded = |message: String| FuncError::new(format!("{ERROR_START}{message}{ERROR_END}"));
    let result = Bridge::run(
        || output::render(&shared.tera, shared.blocks.get(name).map(String::as_str), name, &context),
        |function, args| {
            let args: Vec<Value> = args.iter().map(|arg| objects.take(arg)).collect();
            filters::answer(call, function, args, data).map(|value| objects.give(&value))
        },
    );
    match result {
        Ok(Ok(text)) => Ok(Value::string(text)),
        Ok(Err(message)) => Err(worded(message)),
        Err(error) => Err(FuncError::new(format!("{name}: {error}"))),
    }
}

/// The innermost message that the dialect worded, if an error came from it.
pub(super) fn worded(error: &str) -> Option<&str> {
    let (_, inner) = error.rsplit_once(ERROR_START)?;
    inner.split_once(ERROR_END).map(|(message, _)| message)
}

/// Names of the `{% block NAME %}` tags.
fn block_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in text.split("{%").skip(1) {
        let mut words = piece.trim_start_matches('-').split_whitespace();
        if words.next() == Some("block")
            && let Some(name) = words.next()
        {
            names.push(name.trim_end_matches("%}").trim_end_matches('-').to_owned());
        }
    }
    names
}
