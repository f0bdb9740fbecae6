//! What a change would make of objects: the same requests as for the change, which the server only rehearses.

use super::{
    Cluster,
    apply::{ApplyError, apply_error, apply_request, create_request},
    error::Error,
    object::Object,
    transport::Request,
    update::{ApplyMode, replace_request},
};
use serde_json::Value;

/// An object, and what would become of it.
#[derive(Clone, Debug)]
pub struct Preview {
    /// As it is; nothing where it is not there.
    pub live: Option<Value>,
    /// As it would be, or why the server would refuse.
    pub after: Result<Value, ApplyError>,
}

impl Cluster {
    /// What [`Cluster::create`] or [`Cluster::update`] would make of objects, asked of the server for all at once.
    /// `originals` are what the last revision held. Nothing is changed.
    pub fn preview(&self, originals: &[Object], targets: &[Object], mode: ApplyMode) -> Vec<Preview> {
        let lives: Vec<Result<Option<Value>, Error>> = self
            .get_all(targets)
            .into_iter()
            .zip(targets)
            .map(|(live, target)| present(live, target))
            .collect();
        let mut planned = Vec::with_capacity(targets.len());
        for (target, live) in targets.iter().zip(&lives) {
            planned.push(match live {
                Err(error) => Err(ApplyError::Request(error.clone())),
                Ok(live) => {
                    let original = originals.iter().find(|original| original.is_same(target));
                    self.rehearsal(original, live.as_ref(), target, mode)
                }
            });
        }
        let requests: Vec<Request> =
            planned.iter().flatten().flatten().map(|request| rehearsed(request.clone())).collect();
        let mut answers = self.exchange_all(requests.into_iter().map(Ok).collect()).into_iter();
        let mut previews = Vec::with_capacity(targets.len());
        for ((target, live), planned) in targets.iter().zip(lives).zip(planned) {
            let live = live.unwrap_or_default();
            let after = match planned {
                Err(error) => Err(error),
                Ok(None) => Ok(live.clone().unwrap_or_default()),
                Ok(Some(_)) => {
                    let answer = answers.next().unwrap_or_else(|| Err(Error::Answer("no answer".into())));
                    answer.map_err(|error| match mode {
                        ApplyMode::ServerSide { .. } => apply_error(target, error),
                        _ => ApplyError::Request(error),
                    })
                }
            };
            previews.push(Preview { live, after });
        }
        previews
    }

    /// The request that would make the object; nothing where nothing would change.
    fn rehearsal(
        &self,
        original: Option<&Object>,
        live: Option<&Value>,
        target: &Object,
        mode: ApplyMode,
    ) -> Result<Option<Request>, ApplyError> {
        match (mode, live) {
            (ApplyMode::ServerSide { force }, _) if !target.name.is_empty() => {
                Ok(Some(apply_request(target, force)?))
            }
            (_, None) | (ApplyMode::ServerSide { .. }, _) => Ok(Some(create_request(target))),
            (ApplyMode::Replace, Some(live)) => Ok(Some(replace_request(target, live))),
            (ApplyMode::ClientSide { three_way }, Some(live)) => {
                let original = original.map_or(live, |original| &original.content);
                self.client_side_request(original, live, target, three_way)
            }
        }
    }
}

/// An object that is not there, or that the server is to name, is nothing.
fn present(live: Result<Value, Error>, target: &Object) -> Result<Option<Value>, Error> {
    match live {
        Ok(live) => Ok(Some(live)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(Error::EmptyName) if !target.generate_name().is_empty() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same request, which the server answers as if it were done.
fn rehearsed(request: Request) -> Request {
    let separator = if request.path.contains('?') { '&' } else { '?' };
    Request { path: format!("{}{separator}dryRun=All", request.path), ..request }
}

#[cfg(test)]
mod tests {
    use super::super::transport::Method;
    use super::*;

    #[test]
    fn rehearsals_say_so_in_their_path() {
        for (path, wanted) in [("/a?b=c", "/a?b=c&dryRun=All"), ("/a", "/a?dryRun=All")] {
            assert_eq!(rehearsed(Request::new(Method::Patch, path)).path, wanted);
        }
    }
}
