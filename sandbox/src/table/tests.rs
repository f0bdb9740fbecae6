//! Cells; `tests/scenarios/table.yaml` compares them with the real server's.

use super::*;
use crate::kinds::builtin;

fn cells(group: &str, plural: &str, object: &Value) -> Vec<Value> {
    let resource = builtin().by_name(group, plural).expect("a resource");
    let now = "2026-01-02T00:00:00Z".parse().expect("a time");
    let row = row(resource, object, now, Include::None);
    row["cells"].as_array().expect("cells").clone()
}

#[test]
fn every_resource_has_as_many_cells_as_columns() {
    for resource in builtin().resources() {
        let columns = columns(resource);
        let count = columns.as_array().map_or(0, Vec::len);
        let plural = resource.gvr.resource.as_str();
        // The real server's table of addresses has an age without a column; there are no component statuses here.
        if count > 0 && !["ipaddresses", "componentstatuses"].contains(&plural) {
            let cells = cells(&resource.gvr.group, plural, &json!({"metadata": {"name": "a"}}));
            assert_eq!(cells.len(), count, "{plural}: {cells:?}");
        }
    }
}

#[test]
fn pods_are_shown_by_what_their_containers_do() {
    let pod = |status: Value| {
        let object = json!({
            "metadata": {"name": "p", "creationTimestamp": "2026-01-01T23:58:30Z"},
            "spec": {"containers": [{"name": "a"}], "initContainers": [{"name": "i"}]}, "status": status,
        });
        cells("", "pods", &object)[1..5].iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(pod(json!({"phase": "Pending"})), r#""0/1" "Pending" "0" "90s""#);
    let running = json!({"phase": "Running", "containerStatuses": [
        {"name": "a", "ready": true, "restartCount": 2, "state": {"running": {}},
         "lastState": {"terminated": {"finishedAt": "2026-01-01T23:59:00Z"}}}]});
    assert_eq!(pod(running), r#""1/1" "Running" "2 (60s ago)" "90s""#);
    let looping = json!({"phase": "Running", "containerStatuses": [
        {"name": "a", "restartCount": 0, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]});
    assert_eq!(pod(looping), r#""0/1" "CrashLoopBackOff" "0" "90s""#);
    let init = json!({"phase": "Pending", "initContainerStatuses": [
        {"name": "i", "restartCount": 0, "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]});
    assert_eq!(pod(init), r#""0/1" "Init:Error" "0" "90s""#);
}

#[test]
fn durations_are_worded_by_their_size() {
    let second = 1000;
    for (milliseconds, text) in [
        (-5 * second, "<invalid>"),
        (-500, "0s"),
        (119 * second, "119s"),
        (125 * second, "2m5s"),
        (11 * 60 * second, "11m"),
        (3 * 3600 * second, "3h"),
        (3 * 3600 * second + 60 * second, "3h1m"),
        (47 * 3600 * second, "47h"),
        (50 * 3600 * second, "2d2h"),
        (800 * 24 * 3600 * second, "2y70d"),
        (9 * 365 * 24 * 3600 * second, "9y"),
    ] {
        assert_eq!(look::human(milliseconds), text);
    }
}
