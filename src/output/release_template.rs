//! `get all --template`: a release as Go's template sees it (`pkg/cmd/printer.go`), with Helm's fields and types.

use super::go_struct::{GoStruct, NilPointer, text_method};
use crate::release::{Info, RecordedChart, Release, Time, hook::Hook};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};
use templates_engine::{
    funcs::dates::TimeObject,
    time::Time as GoTime,
    value::{List, Map as GoMap, Signature, Str, Type, Value},
};

static HOOK: Type = Type::Opaque("*v1.Hook");
static FILE: Type = Type::Opaque("*common.File");
static MAINTAINER: Type = Type::Opaque("*v2.Maintainer");
static DEPENDENCY: Type = Type::Opaque("*v2.Dependency");
static EVENT: Type = Type::Named("v1.HookEvent", &Type::String);
static DELETE_POLICY: Type = Type::Named("v1.HookDeletePolicy", &Type::String);
static LOG_POLICY: Type = Type::Named("v1.HookOutputLogPolicy", &Type::String);
static TEXTS: Type = Type::Map(&Type::String);

/// What the template is given: the release under `Release`. Times are shown as `local` has them, where that is their own
/// zone.
///
/// # Errors
/// When the record holds something else than a chart where the chart should be.
pub fn data(release: &Release, local: &TimeZone) -> Result<Value, serde_json::Error> {
    let chart = match &release.chart {
        Some(chart) => self::chart(chart)?,
        None => Value::Nil,
    };
    let hooks = release.hooks.iter().map(|hook| self::hook(hook, local)).collect();
    let fields = vec![
        ("Name", Value::from(release.name.as_str())),
        ("Info", info(&release.info, local)),
        ("Chart", chart),
        ("Config", map(&release.config)),
        ("Manifest", Value::from(release.manifest.as_str())),
        ("Hooks", list(&HOOK, hooks)),
        ("Version", Value::int(release.version)),
        ("Namespace", Value::from(release.namespace.as_str())),
        ("Labels", texts(release.labels.iter())),
        ("ApplyMethod", Value::from(release.apply_method.as_str())),
    ];
    Ok(Value::map([(Str::from("Release"), GoStruct::value("*v1.Release", fields))]))
}

fn info(info: &Info, local: &TimeZone) -> Value {
    let time = |at: Option<Time>| time(at, local);
    let resources = GoMap::new(&TEXTS, []);
    GoStruct::value(
        "*v1.Info",
        vec![
            ("FirstDeployed", time(info.first_deployed)),
            ("LastDeployed", time(info.last_deployed)),
            ("Deleted", time(info.deleted)),
            ("Description", Value::from(info.description.as_str())),
            ("Status", Value::from(info.status.as_str())),
            ("RollbackRevision", Value::int(info.rollback_revision)),
            ("Notes", Value::from(info.notes.as_str())),
            ("Resources", Value::Map(resources)),
        ],
    )
}

fn hook(hook: &Hook, local: &TimeZone) -> Value {
    let parsed = |text: &Option<String>| time(text.as_deref().and_then(|text| Time::parse(text).ok()), local);
    let run = GoStruct::value(
        "v1.HookExecution",
        vec![
            ("StartedAt", parsed(&hook.last_run.started_at)),
            ("CompletedAt", parsed(&hook.last_run.completed_at)),
            ("Phase", Value::from(hook.last_run.phase.as_str())),
        ],
    );
    let words = |of: &'static Type, words: &[String]| {
        list(of, words.iter().map(|word| Value::from(word.as_str())).collect())
    };
    let events = hook.events.iter().filter_map(|event| serde_json::to_value(event).ok());
    let events = events.map(|event| Value::from(event.as_str().unwrap_or_default())).collect();
    GoStruct::value(
        "*v1.Hook",
        vec![
            ("Name", Value::from(hook.name.as_str())),
            ("Kind", Value::from(hook.kind.as_str())),
            ("Path", Value::from(hook.path.as_str())),
            ("Manifest", Value::from(hook.manifest.as_str())),
            ("Events", list(&EVENT, events)),
            ("LastRun", run),
            ("Weight", Value::int(hook.weight)),
            ("DeletePolicies", words(&DELETE_POLICY, &hook.delete_policies)),
            ("OutputLogPolicies", words(&LOG_POLICY, &hook.output_log_policies)),
        ],
    )
}

fn chart(chart: &RecordedChart) -> Result<Value, serde_json::Error> {
    let json: Json = serde_json::from_str(chart.json())?;
    let files = |key: &str| list(&FILE, json[key].as_array().into_iter().flatten().map(file).collect());
    let (name, version) = (text(&json["metadata"], "name"), text(&json["metadata"], "appVersion"));
    let fields = vec![
        ("Raw", list(&FILE, Vec::new())),
        ("Metadata", metadata(&json["metadata"])),
        ("Lock", lock(&json["lock"])),
        ("Templates", files("templates")),
        ("Values", json["values"].as_object().map_or_else(|| map(&Map::new()), map)),
        ("Schema", bytes(&json["schema"])),
        ("SchemaModTime", json_time(&json["schemamodtime"])),
        ("Files", files("files")),
        ("ModTime", json_time(&json["modtime"])),
    ];
    let methods = vec![
        text_method("Name", &name),
        text_method("AppVersion", &version),
        text_method("ChartPath", &name),
        text_method("ChartFullPath", &name),
        ("IsRoot", Signature::fixed(&[], Type::Bool), Value::from(true)),
    ];
    Ok(Value::object(GoStruct { type_name: "*v2.Chart", fields, methods }))
}

fn metadata(json: &Json) -> Value {
    if !json.is_object() {
        return Value::Nil;
    }
    let string = |key: &str| Value::from(text(json, key));
    let items = |key: &str| json[key].as_array().into_iter().flatten();
    let maintainer = |json: &Json| {
        let string = |key: &str| Value::from(text(json, key));
        let fields = vec![("Name", string("name")), ("Email", string("email")), ("URL", string("url"))];
        GoStruct::value("*v2.Maintainer", fields)
    };
    let annotations = json["annotations"].as_object().into_iter().flatten();
    GoStruct::value(
        "*v2.Metadata",
        vec![
            ("Name", string("name")),
            ("Home", string("home")),
            ("Sources", strings(&json["sources"])),
            ("Version", string("version")),
            ("Description", string("description")),
            ("Keywords", strings(&json["keywords"])),
            ("Maintainers", list(&MAINTAINER, items("maintainers").map(maintainer).collect())),
            ("Icon", string("icon")),
            ("APIVersion", string("apiVersion")),
            ("Condition", string("condition")),
            ("Tags", string("tags")),
            ("AppVersion", string("appVersion")),
            ("Deprecated", Value::from(json["deprecated"] == true)),
            ("Annotations", texts(annotations.filter_map(|(key, value)| Some((key, value.as_str()?))))),
            ("KubeVersion", string("kubeVersion")),
            ("Dependencies", list(&DEPENDENCY, items("dependencies").map(dependency).collect())),
            ("Type", string("type")),
        ],
    )
}

fn dependency(json: &Json) -> Value {
    let string = |key: &str| Value::from(text(json, key));
    let imports = json["import-values"].as_array().into_iter().flatten().map(Value::from_json).collect();
    GoStruct::value(
        "*v2.Dependency",
        vec![
            ("Name", string("name")),
            ("Version", string("version")),
            ("Repository", string("repository")),
            ("Condition", string("condition")),
            ("Tags", strings(&json["tags"])),
            ("Enabled", Value::from(json["enabled"] == true)),
            ("ImportValues", Value::list(imports)),
            ("Alias", string("alias")),
        ],
    )
}

fn lock(json: &Json) -> Value {
    if !json.is_object() {
        return Value::object(NilPointer("*v2.Lock"));
    }
    let dependencies = json["dependencies"].as_array().into_iter().flatten().map(dependency).collect();
    let fields = vec![
        ("Generated", json_time(&json["generated"])),
        ("Digest", Value::from(text(json, "digest"))),
        ("Dependencies", list(&DEPENDENCY, dependencies)),
    ];
    GoStruct::value("*v2.Lock", fields)
}

fn file(json: &Json) -> Value {
    let fields = vec![
        ("Name", Value::from(text(json, "name"))),
        ("ModTime", json_time(&json["modtime"])),
        ("Data", bytes(&json["data"])),
    ];
    GoStruct::value("*common.File", fields)
}

/// Bytes, which JSON has in base64.
fn bytes(json: &Json) -> Value {
    let bytes = json.as_str().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    Value::List(List::bytes(&bytes))
}

fn json_time(json: &Json) -> Value {
    let parsed = json.as_str().and_then(|text| Time::parse(text).ok());
    time(parsed, &TimeZone::UTC)
}

fn time(at: Option<Time>, local: &TimeZone) -> Value {
    let time = at.map_or_else(GoTime::zero, |at| at.to_go(local));
    Value::object(TimeObject(time))
}

fn list(of: &'static Type, items: Vec<Value>) -> Value {
    Value::List(List::new(of, items))
}

fn strings(json: &Json) -> Value {
    let texts = json.as_array().into_iter().flatten().filter_map(Json::as_str);
    Value::strings(texts)
}

fn texts<K: AsRef<str>, V: AsRef<str>>(entries: impl Iterator<Item = (K, V)>) -> Value {
    let entry = |(key, value): (K, V)| (Str::from(key.as_ref()), Value::from(value.as_ref()));
    Value::Map(GoMap::new(&TEXTS, entries.map(entry)))
}

fn map(entries: &Map<String, Json>) -> Value {
    Value::map(entries.iter().map(|(key, value)| (Str::from(key.as_str()), Value::from_json(value))))
}

fn text(json: &Json, key: &str) -> String {
    json[key].as_str().unwrap_or_default().to_owned()
}
