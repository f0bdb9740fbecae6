//! A loaded chart as install and upgrade need it.

use super::{BoxError, Facts, Log, Rendered, Renderer, Values, World, error::chain};
use crate::{
    actions::{
        prepare::{PrepareOptions, render_values},
        render::{ContentOptions, content},
    },
    chart::{Chart, File},
    plugins::PostRendererPlugin,
    release::{self, RecordedChart},
    render::{Engine, ReleaseOptions},
    values::{conditions::process_dependencies, schema::Documents},
};
use serde_json::Value;
use std::rc::Rc;

/// A chart with what the command line says about its rendering.
pub struct LoadedChart {
    /// The chart.
    pub chart: Chart,
    /// `--enable-dns`.
    pub enable_dns: bool,
    /// Where schemas that refer to others find them; nothing leaves values unchecked.
    pub documents: Option<Rc<dyn Documents>>,
    /// `--post-renderer`.
    pub post_renderer: Option<Rc<PostRendererPlugin>>,
}

impl Renderer for LoadedChart {
    fn process_dependencies(&mut self, values: &Values, log: &dyn Log) -> Result<(), BoxError> {
        let mut records = Vec::new();
        let result = process_dependencies(&mut self.chart, values, &mut records);
        records.into_iter().for_each(|record| log.record(record));
        Ok(result?)
    }

    fn crds(&self) -> Result<Vec<(String, String)>, BoxError> {
        let text = |file: &File| {
            let data = file.data.bytes().map_err(|error| format!("error reading {}: {error}", file.name))?;
            Ok((file.name.clone(), String::from_utf8_lossy(data).into_owned()))
        };
        self.chart.crds().into_iter().map(text).collect()
    }

    fn render(&self, values: &Values, facts: &Facts, world: &World<'_>) -> Result<Rendered, BoxError> {
        let options = PrepareOptions {
            release: ReleaseOptions {
                name: facts.name.clone(),
                namespace: facts.namespace.clone(),
                revision: facts.revision,
                is_upgrade: facts.is_upgrade,
            },
            capabilities: world.capabilities.clone(),
            now: world.clock.now(),
            schema_documents: self.documents.clone(),
        };
        let mut records = Vec::new();
        let values = render_values(&self.chart, values.clone(), options, &mut records);
        records.into_iter().for_each(|record| world.log.record(record));
        let values = values?;
        let engine =
            Engine { enable_dns: self.enable_dns, lookup: world.lookup.clone(), ..Engine::default() };
        let options = ContentOptions {
            engine,
            include_crds: false,
            hide_secret: facts.hide_secret,
            sub_notes: facts.subchart_notes,
            post_renderer: self.post_renderer.clone().map(|plugin| plugin as Rc<_>),
        };
        let content = content(&self.chart, &values, &options);
        let records = self.post_renderer.iter().flat_map(|plugin| plugin.take_records());
        records.for_each(|record| world.log.record(record));
        world.tell_lookups();
        let content = content.map_err(|error| BoxError::from(chain(&error)))?;
        content.records().for_each(|record| world.log.record(record));
        Ok(Rendered { manifest: content.manifest(), hooks: content.hooks, notes: content.notes })
    }

    fn recorded(&self) -> Result<RecordedChart, BoxError> {
        let json = release::json::to_string(&self.chart)?;
        Ok(RecordedChart::from_json(json)?)
    }

    fn replace_values(&mut self, values: Values) {
        self.chart.values = Value::Object(values);
    }
}
