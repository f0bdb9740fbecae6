//! What is wrong with the objects of an operation that failed, for people.

use super::color::Palette;
use crate::actions::deploy::report::{ContainerTrouble, Event, PodTrouble, Trouble};
use std::fmt::Write;

/// The troubles as text, an indented paragraph for each object; `more` objects are not told of.
pub fn text(troubles: &[Trouble], more: usize, palette: Palette) -> String {
    let mut out = String::new();
    for trouble in troubles {
        object(&mut out, trouble, palette);
    }
    if more > 0 {
        line(&mut out, 0, &format!("… and {more} objects more"));
    }
    out
}

fn object(out: &mut String, trouble: &Trouble, palette: Palette) {
    let Trouble { kind, namespace, name, status, .. } = trouble;
    let place = if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") };
    line(out, 0, &format!("{}: {status}", palette.header(&format!("{kind} {place}"))));
    events(out, 2, &trouble.events, palette);
    for pod in &trouble.pods {
        // A Pod of the release itself is named already.
        pod_lines(out, pod, trouble.kind == "Pod", palette);
    }
    if trouble.more_pods > 0 {
        line(out, 2, &format!("… and {} Pods more", trouble.more_pods));
    }
}

fn pod_lines(out: &mut String, pod: &PodTrouble, is_named: bool, palette: Palette) {
    if !is_named {
        line(out, 2, &format!("Pod {}: {}", pod.name, pod.status));
    }
    for container in &pod.containers {
        container_lines(out, container, palette);
    }
    if !is_named {
        events(out, 4, &pod.events, palette);
    }
}

fn container_lines(out: &mut String, container: &ContainerTrouble, palette: Palette) {
    line(out, 4, &palette.removed(&format!("container {:?}: {}", container.name, container.status)));
    for text in &container.log {
        line(out, 6, &format!("| {text}"));
    }
    if !container.advice.is_empty() {
        line(out, 6, &format!("try: {}", container.advice));
    }
}

fn events(out: &mut String, indent: usize, events: &[Event], palette: Palette) {
    for event in events {
        let ago = event.seconds_ago.map(|seconds| format!(", {seconds}s ago")).unwrap_or_default();
        let times = if event.count > 1 { format!(", {} times", event.count) } else { String::new() };
        let head = palette.removed(&format!("event {}{ago}{times}", event.reason));
        line(out, indent, &format!("{head}: {}", event.message));
    }
}

fn line(out: &mut String, indent: usize, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{:indent$}{text}", "");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::MapEnv;

    #[test]
    fn each_object_is_a_paragraph_with_its_pods_containers_and_events() {
        let container = ContainerTrouble {
            name: "web".into(),
            status: "waiting, CrashLoopBackOff".into(),
            log: vec!["boom".into()],
            advice: "kubectl logs".into(),
            is_stuck: true,
        };
        let event =
            Event { reason: "BackOff".into(), message: "Back-off".into(), count: 3, seconds_ago: Some(5) };
        let pod = PodTrouble {
            name: "web-1".into(),
            status: "Running".into(),
            is_unscheduled: false,
            containers: vec![container],
            events: vec![event],
        };
        let trouble = Trouble {
            kind: "Deployment".into(),
            namespace: "sea".into(),
            name: "web".into(),
            status: "Available: 0/1".into(),
            pods: vec![pod],
            more_pods: 2,
            ..Trouble::default()
        };
        let text = text(&[trouble], 1, Palette::new("never", &MapEnv::default(), false));
        let wanted = "\
Deployment sea/web: Available: 0/1
  Pod web-1: Running
    container \"web\": waiting, CrashLoopBackOff
      | boom
      try: kubectl logs
    event BackOff, 5s ago, 3 times: Back-off
  … and 2 Pods more
… and 1 objects more
";
        assert_eq!(text, wanted);
    }
}
