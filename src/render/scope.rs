//! What `.` is in each template: the chart's own view of values, files and metadata.

use super::{
    engine::RenderValues,
    error::RenderError,
    files::{Files, Unreadable},
    objects::CapabilitiesObject,
};
use crate::chart::{Chart, Dependency, File, Maintainer, Metadata};
use bytes::Bytes;
use templates_engine::value::{List, Map, Str, Type, Value};

/// Helm's `common.Values`.
pub(super) static VALUES: Type = Type::Named("common.Values", &Type::DICT);

/// A template file with its `.`.
pub(super) struct Renderable<'a> {
    /// The full path: `chart/charts/sub/templates/x.yaml`.
    pub(super) name: String,
    /// The file.
    pub(super) file: &'a File,
    /// `.`, shared by all templates of the chart.
    pub(super) scope: Map,
    /// `.Template.BasePath`.
    pub(super) base_path: String,
}

impl Renderable<'_> {
    /// The template's text.
    pub(super) fn text(&self) -> Result<&Bytes, RenderError> {
        let unreadable = |error| RenderError::new(format!("error reading {}: {error}", self.name));
        self.file.data.bytes().map_err(unreadable)
    }
}

/// The templates of the chart and its subcharts, children first.
///
/// What their `.Files` cannot read is told in `unreadable`.
pub(super) fn all_templates<'a>(
    chart: &'a Chart,
    values: &RenderValues,
    unreadable: &Unreadable,
) -> Vec<Renderable<'a>> {
    let shared = Shared {
        unreadable: unreadable.clone(),
        release: release(values),
        capabilities: Value::object(CapabilitiesObject::new(&values.capabilities)),
    };
    let root = match Value::from_json(&values.values) {
        Value::Map(map) => map.with_type(&VALUES),
        _ => Map::new(&VALUES, []),
    };
    let mut templates = Vec::new();
    collect(chart, None, root, &shared, &mut templates);
    templates
}

struct Shared {
    unreadable: Unreadable,
    release: Value,
    capabilities: Value,
}

fn release(values: &RenderValues) -> Value {
    let options = &values.release;
    Value::map(
        [
            ("Name", Value::from(options.name.as_str())),
            ("Namespace", Value::from(options.namespace.as_str())),
            ("IsUpgrade", Value::Bool(options.is_upgrade)),
            // Lint renders for neither: its release has no revision.
            ("IsInstall", Value::Bool(!options.is_upgrade && options.revision > 0)),
            ("Revision", Value::int(options.revision)),
            ("Service", Value::from("Helm")),
        ]
        .map(|(key, value)| (Str::from(key), value)),
    )
}

/// Adds the chart's templates after its children's; returns the chart's `.`, which is the parent's
/// `.Subcharts.NAME`.
fn collect<'a>(
    chart: &'a Chart,
    parent: Option<&str>,
    values: Map,
    shared: &Shared,
    templates: &mut Vec<Renderable<'a>>,
) -> Map {
    let full_path = chart.full_path(parent);
    let subcharts = Map::any([]);
    let scope = Map::new(
        &VALUES,
        [
            ("Chart", chart_map(&chart.metadata, parent.is_none())),
            ("Files", Value::object(Files::new(&chart.files, &shared.unreadable))),
            ("Release", shared.release.clone()),
            ("Capabilities", shared.capabilities.clone()),
            ("Values", Value::Map(values.clone())),
            ("Subcharts", Value::Map(subcharts.clone())),
        ]
        .map(|(key, value)| (Str::from(key), value)),
    );
    for child in &chart.dependencies {
        let child_scope =
            collect(child, Some(&full_path), child_values(&values, child.name()), shared, templates);
        subcharts.insert(child.name(), Value::Map(child_scope.with_type(&Type::DICT)));
    }
    let library = chart.metadata.chart_type.eq_ignore_ascii_case("library");
    for file in &chart.templates {
        let base = file.name.rsplit('/').next().unwrap_or(&file.name);
        if library && !base.starts_with('_') {
            continue;
        }
        templates.push(Renderable {
            name: format!("{full_path}/{}", file.name),
            file,
            scope: scope.clone(),
            base_path: format!("{full_path}/templates"),
        });
    }
    scope
}

/// The child's table in the parent's values: the same map, so that `set` is seen in both; an empty
/// one when there is none. A dot in the child's name is a path (Helm's `Values.Table`).
fn child_values(parent: &Map, name: &str) -> Map {
    let mut table = parent.clone();
    for part in name.split('.') {
        match table.get(part.as_bytes()) {
            Some(Value::Map(map)) => table = map,
            _ => return Map::new(&VALUES, []),
        }
    }
    table.with_type(&VALUES)
}

/// `.Chart`: the metadata under its Go field names, as Helm's `structToMap` makes it.
fn chart_map(metadata: &Metadata, is_root: bool) -> Value {
    let text = |text: &str| Value::from(text);
    let texts = |items: &[String]| Value::list(items.iter().map(|item| Value::from(item.as_str())).collect());
    let annotations =
        metadata.annotations.iter().map(|(k, v)| (Str::from(k.as_str()), Value::from(v.as_str())));
    entries([
        ("Name", text(&metadata.name)),
        ("Home", text(&metadata.home)),
        ("Sources", texts(&metadata.sources)),
        ("Version", text(&metadata.version)),
        ("Description", text(&metadata.description)),
        ("Keywords", texts(&metadata.keywords)),
        ("Maintainers", Value::list(metadata.maintainers.iter().map(maintainer).collect())),
        ("Icon", text(&metadata.icon)),
        ("APIVersion", text(&metadata.api_version)),
        ("Condition", text(&metadata.condition)),
        ("Tags", text(&metadata.tags)),
        ("AppVersion", text(&metadata.app_version)),
        ("Deprecated", Value::Bool(metadata.deprecated)),
        ("Annotations", Value::Map(Map::new(&Type::STRING_DICT, annotations))),
        ("KubeVersion", text(&metadata.kube_version)),
        ("Dependencies", Value::list(metadata.dependencies.iter().map(dependency).collect())),
        ("Type", text(&metadata.chart_type)),
        ("IsRoot", Value::Bool(is_root)),
    ])
}

fn maintainer(maintainer: &Maintainer) -> Value {
    entries([
        ("Name", Value::from(maintainer.name.as_str())),
        ("Email", Value::from(maintainer.email.as_str())),
        ("URL", Value::from(maintainer.url.as_str())),
    ])
}

fn dependency(dependency: &Dependency) -> Value {
    let tags = dependency.tags.iter().map(|tag| Value::from(tag.as_str())).collect();
    let imports = dependency.import_values.iter().map(Value::from_json).collect();
    entries([
        ("Name", Value::from(dependency.name.as_str())),
        ("Version", Value::from(dependency.version.as_str())),
        ("Repository", Value::from(dependency.repository.as_str())),
        ("Condition", Value::from(dependency.condition.as_str())),
        ("Tags", Value::List(List::any(tags))),
        ("Enabled", Value::Bool(dependency.enabled)),
        ("ImportValues", Value::List(List::any(imports))),
        ("Alias", Value::from(dependency.alias.as_str())),
    ])
}

fn entries<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::map(entries.map(|(key, value)| (Str::from(key), value)))
}
