use super::*;
use crate::client::Resource;
use serde_json::json;

fn object(kind: &str, name: &str, annotations: &[(&str, &str)]) -> Object {
    let annotations: BTreeMap<&str, &str> = annotations.iter().copied().collect();
    Object {
        resource: Resource {
            group: String::new(),
            version: "v1".into(),
            kind: kind.into(),
            plural: kind.to_lowercase(),
            namespaced: true,
        },
        namespace: "sea".into(),
        name: name.into(),
        content: json!({"metadata": {"name": name, "annotations": annotations}}),
    }
}

fn names(objects: &[Object]) -> Result<Vec<String>, String> {
    let stages = stages(objects).map_err(|error| error.to_string())?;
    let joined =
        |stage: &Vec<Object>| stage.iter().map(|object| object.name.as_str()).collect::<Vec<_>>().join(" ");
    Ok(stages.iter().map(joined).collect())
}

#[test]
fn without_annotations_there_is_one_stage() {
    let all = [object("ConfigMap", "b", &[]), object("Deployment", "a", &[])];
    assert_eq!(names(&all), Ok(vec!["b a".to_owned()]));
    assert_eq!(names(&[]), Ok(vec![String::new()]));
}

#[test]
fn lower_weights_come_first_and_none_is_zero() {
    let all = [
        object("Deployment", "web", &[(WEIGHT, "5")]),
        object("ConfigMap", "settings", &[]),
        object("Job", "prepare", &[(WEIGHT, "-1")]),
        object("Service", "front", &[(WEIGHT, " 5 ")]),
    ];
    assert_eq!(names(&all), Ok(vec!["prepare".into(), "settings".into(), "web front".into()]));
}

#[test]
fn what_is_depended_on_stands_in_an_earlier_stage() {
    let all = [
        object("Deployment", "web", &[(DEPENDS_ON, "Job/migrate, StatefulSet/db")]),
        object("Job", "migrate", &[(DEPENDS_ON, "StatefulSet/db")]),
        object("StatefulSet", "db", &[]),
        object("ConfigMap", "settings", &[]),
    ];
    assert_eq!(names(&all), Ok(vec!["db settings".into(), "migrate".into(), "web".into()]));
}

#[test]
fn weights_and_dependencies_go_together() {
    let all = [
        object("Deployment", "late", &[(WEIGHT, "1"), (DEPENDS_ON, "Deployment/early")]),
        object("Deployment", "early", &[]),
        object("Deployment", "later", &[(WEIGHT, "1"), (DEPENDS_ON, "Deployment/late")]),
    ];
    assert_eq!(names(&all), Ok(vec!["early".into(), "late".into(), "later".into()]));
}

#[test]
fn annotations_that_give_no_order_are_named() {
    let refused = |objects: &[Object]| names(objects).unwrap_err();
    assert_eq!(
        refused(&[object("Job", "a", &[(WEIGHT, "soon")])]),
        "Job/a: the annotation skiff.sh/weight is no whole number: \"soon\""
    );
    assert_eq!(
        refused(&[object("Job", "a", &[(DEPENDS_ON, "db")])]),
        "Job/a: the annotation skiff.sh/depends-on is not of the form KIND/NAME: \"db\""
    );
    assert_eq!(
        refused(&[object("Job", "a", &[(DEPENDS_ON, "Job/b")])]),
        "Job/a depends on Job/b, which is no object of this release"
    );
    let later = [object("Job", "a", &[(DEPENDS_ON, "Job/b")]), object("Job", "b", &[(WEIGHT, "1")])];
    assert_eq!(refused(&later), "Job/a depends on Job/b, which has a higher weight");
    let circle = [
        object("Job", "a", &[(DEPENDS_ON, "Job/b")]),
        object("Job", "b", &[(DEPENDS_ON, "Job/c")]),
        object("Job", "c", &[(DEPENDS_ON, "Job/b")]),
    ];
    assert!(refused(&circle).ends_with("depends on itself, by way of other objects"), "{}", refused(&circle));
    assert!(refused(&[object("Job", "a", &[(DEPENDS_ON, "Job/a")])]).contains("itself"));
}
