//! Dependencies, coalescing and imported values beside `helm template`, on charts written for the occasion.

use crate::strvals::floats;
use crate::support::peers;
use serde_json::{Map, Value, json};
use skiff::chart::{Chart, Metadata, Unknown};
use skiff::output::log::line;
use skiff::values::{coalesce::coalesce_values, conditions::process_dependencies};
use std::{fs, path::Path, process::Command};

const TEMPLATE: &str =
    "values: {{ toJson .Values }}\nsubcharts: {{ keys .Subcharts | sortAlpha | toJson }}\n";

/// A chart: `name`, optional `version`, `deps` (the dependencies of Chart.yaml), `values`, `charts` (name by folder).
struct Case {
    about: String,
    chart: Value,
    values: Value,
}

fn metadata(spec: &Value) -> Value {
    let mut metadata = json!({"apiVersion": "v2", "name": spec["name"], "version": spec.get("version").unwrap_or(&json!("0.1.0"))});
    if let Some(deps) = spec.get("deps") {
        metadata["dependencies"] = deps.clone();
    }
    metadata
}

fn charts(spec: &Value) -> impl Iterator<Item = &Value> {
    spec.get("charts").and_then(Value::as_array).into_iter().flatten()
}

fn model(spec: &Value) -> Chart {
    let mut read = Metadata::default();
    read.merge_json(&metadata(spec), Unknown::Ignored).expect("the metadata reads");
    Chart {
        metadata: read,
        values: floats(spec.get("values").cloned().unwrap_or(Value::Null)),
        dependencies: charts(spec).map(model).collect(),
        ..Chart::default()
    }
}

fn write(spec: &Value, dir: &Path) {
    fs::create_dir_all(dir.join("templates")).expect("a folder can be made");
    fs::write(dir.join("Chart.yaml"), metadata(spec).to_string()).expect("a file can be written");
    if let Some(values) = spec.get("values") {
        fs::write(dir.join("values.yaml"), values.to_string()).expect("a file can be written");
    }
    for (i, chart) in charts(spec).enumerate() {
        write(chart, &dir.join(format!("charts/{i:02}-{}", chart["name"].as_str().expect("a name"))));
    }
}

/// Values, subcharts, and the sorted log; or the error with the log.
type Answer = (Result<(Value, Vec<String>), String>, Vec<String>);

fn skiff(case: &Case) -> Answer {
    let mut chart = model(&case.chart);
    let Value::Object(values) = floats(case.values.clone()) else { panic!("values are a table") };
    let mut log = Vec::new();
    let values = process_dependencies(&mut chart, &values, &mut log)
        .and_then(|()| coalesce_values(&chart, values, &mut log));
    let mut names: Vec<String> = chart.dependencies.iter().map(|c| c.name().to_owned()).collect();
    names.sort();
    names.dedup();
    let mut log: Vec<String> = log.iter().map(|record| line(record).trim_end().to_owned()).collect();
    log.sort();
    (values.map(|values| (floats(values.into()), names)).map_err(|e| e.to_string()), log)
}

fn helm(case: &Case) -> Answer {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let chart = dir.path().join("chart");
    write(&case.chart, &chart);
    fs::write(chart.join("templates/t.yaml"), TEMPLATE).expect("a file can be written");
    let file = dir.path().join("values.json");
    fs::write(&file, case.values.to_string()).expect("a file can be written");
    let output = Command::new(peers::bin("helm"))
        .arg("template")
        .args([chart.as_os_str(), "-f".as_ref(), file.as_os_str()])
        .env("HELM_CACHE_HOME", dir.path().join("cache"))
        .env("HELM_CONFIG_HOME", dir.path().join("config"))
        .env("HELM_DATA_HOME", dir.path().join("data"))
        .output()
        .expect("helm runs");
    let stderr = String::from_utf8(output.stderr).expect("helm writes UTF-8");
    let mut log: Vec<String> = stderr
        .lines()
        .filter(|line| line.starts_with("level=") && !line.starts_with("level=ERROR"))
        .map(str::to_owned)
        .collect();
    log.sort();
    let error = stderr
        .lines()
        .find_map(|line| line.strip_prefix("Error: "))
        .map(|line| line.strip_prefix("chart dependencies processing failed: ").unwrap_or(line).to_owned());
    let stdout = String::from_utf8(output.stdout).expect("helm writes UTF-8");
    let part = |name: &str| {
        let line = stdout.lines().find_map(|line| line.strip_prefix(name)).expect("the template is printed");
        serde_json::from_str::<Value>(line).expect("it prints JSON")
    };
    let answer = match error {
        Some(error) => Err(error),
        None => {
            let names = part("subcharts: ")
                .as_array()
                .into_iter()
                .flatten()
                .map(|n| n.as_str().unwrap_or_default().to_owned())
                .collect();
            Ok((floats(part("values: ")), names))
        }
    };
    (answer, log)
}

/// Helm loads subcharts in an order that changes from run to run, so a difference must last.
fn compare(cases: &[Case]) {
    const RUNS: usize = 8;
    let mut differences = Vec::new();
    for case in cases {
        let ours = skiff(case);
        let theirs: Vec<Answer> =
            (0..RUNS).map(|_| helm(case)).take_while_inclusive(|theirs| *theirs != ours).collect();
        let Some(last) = theirs.last().filter(|last| **last != ours) else { continue };
        differences.push(format!(
            "{}\n  chart {}\n  values {}\n  skiff {ours:?}\n  helm  {last:?}",
            case.about, case.chart, case.values
        ));
    }
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        cases.len(),
        differences.join("\n")
    );
}

trait TakeWhileInclusive: Iterator + Sized {
    /// Items up to and with the first that fails.
    fn take_while_inclusive(
        self,
        mut more: impl FnMut(&Self::Item) -> bool,
    ) -> impl Iterator<Item = Self::Item> {
        let mut done = false;
        self.map_while(move |item| {
            if done {
                return None;
            }
            done = !more(&item);
            Some(item)
        })
    }
}

impl<I: Iterator> TakeWhileInclusive for I {}

fn case(about: &str, chart: Value, values: Value) -> Case {
    Case { about: about.to_owned(), chart, values }
}

fn dep(name: &str, more: Value) -> Value {
    let mut dep = json!({"name": name, "version": "0.1.0"});
    if let (Value::Object(dep), Value::Object(more)) = (&mut dep, more) {
        dep.extend(more);
    }
    dep
}

#[test]
fn tables_nulls_and_globals_flow_as_in_helm() {
    let sub = json!({"name": "sub", "values": {"a": 1, "t": {"x": 1, "y": null}, "n": null, "global": {"g": {"t": {"z": 3}, "s": 1}, "h": 2}}});
    let parent = json!({
        "name": "top", "charts": [sub, {"name": "other", "values": {"global": {"g": {"t": {"w": 5}}}, "list": [1, {"a": null}]}}],
        "values": {"global": {"g": {"t": {"x": 1}}, "k": [1]}, "sub": {"t": {"y": 5, "x": null}, "a": null}, "own": {"deep": {"n": null, "m": 1}}, "nothing": null}
    });
    let values = [
        json!({}),
        json!({"sub": {"b": 1}}),
        json!({"sub": {"t": null}}),
        json!({"sub": {"t": {"x": null}}}),
        json!({"global": null}),
        json!({"global": 3}),
        json!({"sub": {"global": null}}),
        json!({"sub": {"global": 3}}),
        json!({"sub": {"global": {"g": 4, "k": {"l": 1}}}}),
        json!({"own": null}),
        json!({"own": {"deep": null}}),
        json!({"own": {"deep": {"m": null, "o": null}}}),
        json!({"own": 3}),
        json!({"own": {"deep": 3}}),
        json!({"nothing": null, "unknown": null, "unknown2": {"x": null}}),
        json!({"sub": null}),
        json!({"sub": [1, "a", true, null]}),
        json!({"sub": "x"}),
        json!({"sub": {"t": 3}, "global": {"h": {"i": 1}}}),
        json!({"global": {"g": null}}),
        json!({"global": {"g": {"t": null}}}),
        json!({"sub": {"global": {"g": {"t": null}}}}),
        json!({"global": {"k": {"x": {}}}, "sub": {"global": {"k": 1}}}),
        json!({"sub": {"global": {"h": {}}}}),
    ];
    let cases: Vec<Case> = values.into_iter().map(|values| case("flow", parent.clone(), values)).collect();
    compare(&cases);
}

#[test]
fn subcharts_are_chosen_as_in_helm() {
    let leaf = |name: &str, version: &str| json!({"name": name, "version": version, "values": {"v": version, "on": true}});
    let tree = |deps: Value, values: Value, charts: Value| json!({"name": "top", "deps": deps, "values": values, "charts": charts});
    let two = json!([leaf("a", "0.1.0"), leaf("b", "0.1.0")]);
    let mut cases = Vec::new();
    for values in [
        json!({}),
        json!({"a": {"on": false}}),
        json!({"tags": {"x": false}}),
        json!({"tags": {"x": false, "y": true}}),
        json!({"tags": {"x": "no"}}),
        json!({"a": {"on": "no"}, "other": false}),
        json!({"other": false}),
        json!({"tags": {"x": true}, "other": false}),
        json!({"a": {"on": {}}}),
        json!({"tags": 3}),
        json!({"a": {"on": null}}),
    ] {
        let deps = json!([
            dep("a", json!({"condition": "a.on,other", "tags": ["x", "y"]})),
            dep("b", json!({"condition": " b.on , x", "tags": ["x"]}))
        ]);
        cases.push(case("conditions and tags", tree(deps, json!({}), two.clone()), values));
    }
    let versions = json!([leaf("a", "0.1.0"), leaf("a", "1.2.3"), leaf("b", "0.1.0-rc1")]);
    for range in ["0.1.0", "^1.0.0", ">0.0.0", "2.x", "", "*", "bad", "~0.1", "1.2.3 || 0.1.0"] {
        let deps = json!([{"name": "a", "version": range, "alias": "c"}, {"name": "a", "version": "0.1.0"}, {"name": "b", "version": range}]);
        cases.push(case("ranges", tree(deps, json!({}), versions.clone()), json!({"c": {"v": "set"}})));
    }
    let deps = json!([
        dep("a", json!({"alias": "x"})),
        dep("a", json!({"alias": "y", "condition": "y.on"})),
        dep("a", json!({}))
    ]);
    for values in [json!({}), json!({"x": {"v": 1}, "a": {"v": 2}}), json!({"y": {"on": false}})] {
        cases.push(case("aliases", tree(deps.clone(), json!({"x": {"z": 1}}), two.clone()), values));
    }
    let middle = json!({"name": "m", "deps": [dep("a", json!({"condition": "a.on", "tags": ["t"]})), dep("b", json!({"alias": "bb"}))], "values": {"a": {"on": true}, "image": "x", "tags": {"t": true}}, "charts": two});
    for values in [
        json!({}),
        json!({"m": {"a": {"on": false}}}),
        json!({"tags": {"t": false}}),
        json!({"image": {"a": 1}}),
        json!({"a": 3}),
        json!({"m": {"bb": {"v": 1}}}),
    ] {
        cases.push(case(
            "grandchildren",
            tree(json!([dep("m", json!({}))]), json!({}), json!([middle])),
            values.clone(),
        ));
        cases.push(case("undeclared parent", json!({"name": "top", "charts": [middle]}), values));
    }
    compare(&cases);
}

#[test]
fn values_are_imported_as_in_helm() {
    let a = json!({"name": "a", "values": {"exports": {"data": {"p": {"q": 1, "n": null}, "r": 2}, "bad": 3}, "deep": {"in": {"x": 1, "t": {"u": 1}}}, "n": null}});
    let b = json!({"name": "b", "values": {"exports": {"data": {"p": {"q": 2, "w": 3}, "r": {"s": 1}}}, "deep": {"in": {"x": 2, "t": {"v": 2}}}}});
    let mut cases = Vec::new();
    let imports = [
        json!(["data"]),
        json!(["data", "bad", "missing"]),
        json!([{"child": "deep.in", "parent": "here"}]),
        json!([{"child": "deep.in", "parent": "here.there"}]),
        json!([{"child": "deep.in", "parent": "."}, "data"]),
        json!([{"child": "nope", "parent": "x"}]),
        json!([{"child": "deep"}]),
        json!([{"parent": "x"}]),
        json!([3, "data"]),
    ];
    for import in &imports {
        for own in [json!({}), json!({"p": {"q": 9, "w": null}, "r": null, "here": {"x": null, "there": 4}})]
        {
            for values in [
                json!({}),
                json!({"p": null, "here": {"t": {"u": null}}}),
                json!({"a": {"deep": {"in": null}}, "r": {"z": 1}}),
            ] {
                let deps = json!([
                    dep("a", json!({"import-values": import})),
                    dep("b", json!({"import-values": imports[0]})),
                    dep("b", json!({"alias": "c", "import-values": imports[2]}))
                ]);
                let chart = json!({"name": "top", "deps": deps, "values": own, "charts": [a, b]});
                cases.push(case("imports", chart, values));
            }
        }
    }
    let middle = json!({"name": "m", "deps": [dep("a", json!({"import-values": ["data"]}))], "values": {"exports": {"up": {"k": 1}}}, "charts": [a]});
    let chart = json!({"name": "top", "deps": [dep("m", json!({"import-values": ["up", {"child": "p", "parent": "mine"}]}))], "charts": [middle]});
    cases.push(case("two levels", chart, json!({})));
    compare(&cases);
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).expect("it fits")
    }

    fn table(&mut self, depth: usize) -> Value {
        let keys = ["a", "b", "t", "u", "global", "s", "m"];
        let mut table = Map::new();
        for _ in 0..self.below(5) {
            let key = keys[self.below(keys.len())];
            table.insert(key.to_owned(), self.value(depth));
        }
        table.into()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(8) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!("x"),
            3 => json!([1, null]),
            _ if depth > 0 => self.table(depth - 1),
            _ => json!(self.below(3)),
        }
    }
}

#[test]
fn random_trees_give_what_helm_gives() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut cases = Vec::new();
    for _ in 0..60 {
        let leaf = |random: &mut Random, name: &str| json!({"name": name, "values": random.table(4)});
        let (s, u) = (leaf(&mut random, "s"), leaf(&mut random, "u"));
        let import =
            [json!([]), json!([{"child": "t", "parent": "b"}]), json!([{"child": "a", "parent": "."}])]
                [random.below(3)]
            .clone();
        let m = json!({"name": "m", "values": random.table(4), "charts": [u], "deps": [dep("u", json!({"import-values": import}))]});
        let mut top = json!({"name": "top", "values": random.table(4), "charts": [s, m]});
        if random.below(2) == 0 {
            top["deps"] = json!([dep("s", json!({"condition": "a,s.b"})), dep("m", json!({}))]);
        }
        cases.push(case("random", top, random.table(4)));
    }
    compare(&cases);
}
