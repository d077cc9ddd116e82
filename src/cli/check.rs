//! `callpane check`: settings, templates, database and configuration, or an endpoint.

use super::context::{missing, open, read_settings};
use super::output::{Outcome, counted, explained, joined, say, say_row};
use super::{frames, guard, probe};
use crate::domain::time::SystemClock;
use crate::flow::configuration::apply;
use crate::view::View;
use crate::{app, demo};

pub(super) async fn check_url(url: &str, origin: Option<String>) -> Outcome {
    let scheme = url.split_once("://").map_or("https", |(scheme, _)| scheme);
    let origin = origin.unwrap_or_else(|| format!("{scheme}://xucmgt.example.com"));
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let findings = probe::probe(url, &origin, &SystemClock::default()).await;
    for finding in &findings {
        say_row(&finding.to_string())?;
    }
    let failed = findings.iter().filter(|finding| finding.verdict == probe::Verdict::Fails).count();
    match failed {
        0 => say("\nThis THIRD_PARTY_URL works."),
        failed => Err(format!("\n{} failed.", counted(failed, "check"))),
    }
}

pub(super) async fn check() -> Outcome {
    let settings = read_settings()?;
    say("ok    settings")?;
    say(&guard::guarded(&settings))?;
    let view = View::new("", settings.templates.as_deref()).map_err(|error| error.to_string())?;
    let rendered = render_samples(&view)?;
    say(&format!("ok    templates: {rendered} pages rendered with samples"))?;
    if let Some(path) = missing(&settings) {
        return say(&format!(
            "note  database: {path} does not exist yet; serve or apply creates it"
        ));
    }
    let store = open(&settings).await?;
    say("ok    database")?;
    let surroundings = app::surroundings(&settings, &view);
    let in_force = apply::load(&store, &surroundings).await;
    let in_force = in_force.map_err(explained)?;
    let configuration = &in_force.configuration;
    let parts = [
        format!("version {}", in_force.version),
        counted(configuration.rule_count(), "rule"),
        counted(configuration.sources().count(), "phone system"),
        counted(configuration.agents().len(), "agent"),
        counted(configuration.destinations().len(), "destination"),
        counted(configuration.lookups().len(), "lookup"),
    ];
    say(&format!("ok    configuration: {}", parts.join(", ")))?;
    frames::report(configuration, &settings).await
}

/// Renders every page with every sample; answers how many that were, or every failure.
fn render_samples(view: &View) -> Result<usize, String> {
    let mut results = view.render_samples();
    results.extend(demo::render_samples(view));
    let rendered = results.len();
    let failures: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    if failures.is_empty() { Ok(rendered) } else { Err(joined(&failures)) }
}
