//! `create`: a new chart.

use crate::{
    chart::{
        API_VERSION_V2, Metadata, path,
        scaffold::{self, CreateError, Created},
    },
    log::Log,
};
use std::path::{Path, PathBuf};

/// What to create.
#[derive(Clone, Debug)]
pub struct CreateOptions {
    /// The chart's name, or a path that ends in it.
    pub name: String,
    /// The chart to copy: a name in `starters`, or an absolute path.
    pub starter: Option<String>,
    /// The folder of starters.
    pub starters: PathBuf,
}

/// Creates a chart; `resolve` turns a path as typed into one to open.
///
/// # Errors
/// When the name cannot be a chart's, the starter is none, or the disk says no.
///
/// ```
/// use skiff::actions::create::{CreateOptions, create};
/// let dir = tempfile::tempdir().unwrap();
/// let options = CreateOptions { name: "web".into(), starter: None, starters: "".into() };
/// create(&options, |path| dir.path().join(path), &mut Vec::new())?;
/// assert!(dir.path().join("web/Chart.yaml").exists());
/// # Ok::<(), skiff::chart::scaffold::CreateError>(())
/// ```
pub fn create(
    options: &CreateOptions,
    resolve: impl Fn(&Path) -> PathBuf,
    log: &mut dyn Log,
) -> Result<Created, CreateError> {
    let name = path::base(&options.name);
    let parent = resolve(Path::new(&path::dir(&options.name)));
    let Some(starter) = &options.starter else { return scaffold::create(name, &parent) };
    let metadata = Metadata {
        name: name.to_owned(),
        description: "A Helm chart for Kubernetes".to_owned(),
        chart_type: "application".to_owned(),
        version: "0.1.0".to_owned(),
        app_version: "0.1.0".to_owned(),
        api_version: API_VERSION_V2.to_owned(),
        ..Metadata::default()
    };
    // Joining keeps an absolute path as it is.
    let starter = options.starters.join(starter);
    let starter = starter.to_str().map_or(starter.clone(), |text| path::clean(text).into());
    scaffold::create_from(metadata, &parent, &starter, log)?;
    Ok(Created { path: parent.join(name), overwritten: Vec::new() })
}
