//! This process, as other processes can recognise it, and whether another one still runs.

use std::{fs, io, path::Path};

/// A process of some machine: who holds something, and for those on the same machine, whether it still lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// The machine's name.
    pub host: String,
    /// Its number.
    pub id: u32,
    /// What distinguishes it from every other process that ever had this number there; empty where the system
    /// does not tell.
    pub place: String,
}

impl Process {
    /// The process that runs.
    pub fn this() -> Self {
        let id = std::process::id();
        let host = read("/proc/sys/kernel/hostname");
        let host = host.or_else(|| std::env::var("HOSTNAME").ok()).filter(|host| !host.is_empty());
        let host = host.unwrap_or_else(|| "unknown".to_owned());
        let place = machine(&host).and_then(|machine| Some(format!("{machine} {id} {}", started(id).ok()??)));
        Self { host, id, place: place.unwrap_or_default() }
    }

    /// Whether the process that [`Process::place`] described still runs; nothing where this machine cannot know. A
    /// process that is stopped runs, one that nobody waited for does not.
    pub fn runs(&self, place: &str) -> Option<bool> {
        let (machine, rest) = split(place)?;
        if self.place.is_empty() || split(&self.place)?.0 != machine {
            return None;
        }
        let (id, start) = rest.split_once(' ')?;
        let id: u32 = id.parse().ok()?;
        if !exists(id)? {
            return Some(false);
        }
        // Another user's process may be hidden: then it is only known that one has this number.
        Some(started(id).ok().is_none_or(|found| found.as_deref() == Some(start)))
    }
}

/// The machine's part of a place, and number and start of the process.
fn split(place: &str) -> Option<(&str, &str)> {
    let mut blanks = place.rmatch_indices(' ').map(|(at, _)| at);
    let at = blanks.nth(1)?;
    Some((&place[..at], &place[at + 1..]))
}

/// What names this machine since it started, and the namespaces in which numbers and times mean what they mean here.
fn machine(host: &str) -> Option<String> {
    let boot = read("/proc/sys/kernel/random/boot_id").filter(|boot| !boot.is_empty())?;
    let link = |name: &str| fs::read_link(Path::new("/proc/self/ns").join(name)).ok();
    let processes = link("pid")?;
    let times = link("time").unwrap_or_default();
    Some(format!("{host} {boot} {} {}", processes.display(), times.display()))
}

fn read(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

/// When a process started, in the system's ticks; nothing for one that has ended and only awaits its parent.
fn started(id: u32) -> io::Result<Option<String>> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    Ok(start_of(&stat))
}

/// The 22nd field of `/proc/PID/stat`. The second one is a name in parentheses, which may hold anything.
fn start_of(stat: &str) -> Option<String> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    if matches!(fields.next()?, "Z" | "X" | "x") {
        return None;
    }
    Some(fields.nth(18)?.to_owned())
}

#[cfg(unix)]
fn exists(id: u32) -> Option<bool> {
    use rustix::{io::Errno, process};
    let id = process::Pid::from_raw(i32::try_from(id).ok()?)?;
    match process::test_kill_process(id) {
        Ok(()) | Err(Errno::PERM) => Some(true),
        Err(Errno::SRCH) => Some(false),
        Err(_) => None,
    }
}

#[cfg(not(unix))]
fn exists(_: u32) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_what_separates_fields() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        assert_eq!(start_of(&format!("7 (a) b) {rest}")).as_deref(), Some("4711"));
        assert_eq!(start_of("7 (a) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711"), None);
        assert_eq!(start_of("7 (a) S 1"), None);
        assert_eq!(start_of(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_known_to_run_until_it_has_ended() {
        let this = Process::this();
        assert_eq!(this.runs(&this.place), Some(true));
        let (machine, _) = split(&this.place).unwrap();
        assert_eq!(this.runs(&format!("{machine} {} 1", this.id)), Some(false), "another had the number");
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let place = format!("{machine} {} {}", child.id(), started(child.id()).unwrap().unwrap());
        assert_eq!(this.runs(&place), Some(true));
        child.kill().unwrap();
        while started(child.id()).is_ok_and(|start| start.is_some()) {
            std::thread::yield_now();
        }
        assert_eq!(this.runs(&place), Some(false), "nobody has waited for it yet");
        child.wait().unwrap();
        assert_eq!(this.runs(&place), Some(false));
    }

    #[test]
    fn other_machines_processes_are_not_judged() {
        let this = Process { host: "a".into(), id: 1, place: "a boot pid:[1] time:[1] 1 7".into() };
        for place in ["", "x", "b boot pid:[1] time:[1] 1 7", "a boot pid:[2] time:[1] 1 7"] {
            assert_eq!(this.runs(place), None, "{place}");
        }
        assert_eq!(Process::default().runs(" 1 7"), None);
    }
}
