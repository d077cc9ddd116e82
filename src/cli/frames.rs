//! Pages that rules frame: may they be? Said by `callpane check`, and when a document is applied.

use super::output::{Outcome, say};
use crate::app;
use crate::configuration::Configuration;
use crate::flow::panes::{Frame, Framing};
use crate::settings::Settings;

pub(super) async fn report(configuration: &Configuration, settings: &Settings) -> Outcome {
    let Settings { origins, private_targets, .. } = settings;
    let public_url = app::public_url(settings, settings.bind);
    for (rule, address) in configuration.wrapped() {
        let framing = match Frame::new(&public_url, origins, private_targets) {
            Ok(frame) => frame.may_show(&address).await,
            Err(why) => Framing::Unknown(why),
        };
        say(&match framing {
            Framing::Allowed => format!("ok    rule \"{rule}\": its page may be framed"),
            Framing::Refused(why) => format!(
                "note  rule \"{rule}\": its page refuses frames ({why}); agents get a link instead"
            ),
            Framing::Unknown(why) => format!(
                "note  rule \"{rule}\": whether its page may be framed could not be checked: {why}"
            ),
        })?;
    }
    Ok(())
}
