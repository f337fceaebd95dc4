//! [`CapacityReport`]: what a search for a capacity came to, shown and written.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::demands::{Demand, Demands, TrySample};
use super::search::{Capacity, CapacityPass, Sureness};
use crate::plan::SwarmError;

/// See the module. Names end in their units; the keys of the JSON file are the names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CapacityReport {
    /// Address of the server.
    pub url: String,
    /// Demands that were to hold.
    pub demands: Demands,
    /// Players that the server serves; 0 where not even one.
    pub players: u32,
    /// Rooms in which they were, where the server said.
    pub rooms: Option<u32>,
    /// The least that a pass found.
    pub players_least: u32,
    /// The most that a pass found.
    pub players_most: u32,
    /// Meaning of those.
    pub sureness: Sureness,
    /// The demand that gave out first.
    pub gave_out: Option<Demand>,
    /// The thread that was busiest then.
    pub busiest_thread: Option<String>,
    /// Bots beyond which nothing was tried.
    pub tried_most: u32,
    /// Result of each pass.
    pub passes: Vec<CapacityPass>,
    /// Every try, in order.
    pub tries: Vec<JudgedTry>,
}

/// A try, and what gave out in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JudgedTry {
    /// Measurements.
    #[serde(flatten)]
    pub sample: TrySample,
    /// The demand that gave out, if one did.
    pub gave_out: Option<Demand>,
}

impl CapacityReport {
    /// The report of a search that is done, with its tries.
    #[must_use]
    pub fn new(url: String, demands: Demands, capacity: &Capacity, tries: Vec<(TrySample, Option<Demand>)>) -> Self {
        let (players, (players_least, players_most)) = (capacity.held(), capacity.range());
        let gave_out = capacity.gave_out();
        let tries: Vec<_> = tries.into_iter().map(|(sample, gave_out)| JudgedTry { sample, gave_out }).collect();
        let rooms = tries.iter().rev().find(|tried| tried.sample.bots == players).and_then(|tried| tried.sample.rooms);
        let broken = tries.iter().rev().find(|tried| gave_out.is_some() && tried.gave_out == gave_out);
        Self {
            url,
            demands,
            players,
            rooms,
            players_least,
            players_most,
            sureness: capacity.sureness(),
            gave_out,
            busiest_thread: broken.and_then(|tried| tried.sample.busiest_thread.clone()),
            tried_most: capacity.most,
            passes: capacity.passes.clone(),
            tries,
        }
    }

    /// Writes it as JSON to `path`.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write_json(&self, path: &Path) -> Result<(), SwarmError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| SwarmError(error.to_string()))?;
        std::fs::write(path, text + "\n")
            .map_err(|error| SwarmError(format!("{} cannot be written: {error}", path.display())))
    }

    /// Whether the server may serve more than was found: it was not the server that gave out.
    #[must_use]
    pub fn is_at_least(&self) -> bool {
        matches!(self.gave_out, None | Some(Demand::Bots | Demand::Cores | Demand::Places))
    }
}

impl fmt::Display for CapacityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at_least = if self.is_at_least() { "at least " } else { "" };
        let rooms =
            self.rooms.filter(|rooms| *rooms > 1).map_or_else(String::new, |rooms| format!(" in {rooms} rooms"));
        match self.sureness {
            Sureness::NotOne => writeln!(f, "not even one player is served by these demands")?,
            _ => writeln!(f, "{at_least}{} players{rooms}", self.players)?,
        }
        if let Some(demand) = self.gave_out {
            writeln!(f, "gave out first: {demand}")?;
        }
        if let (Some(Demand::Cpu), Some(thread)) = (self.gave_out, &self.busiest_thread) {
            writeln!(f, "the thread: {thread}")?;
        }
        let (passes, least, most) = (self.passes.len(), self.players_least, self.players_most);
        let tries = self.tries.len();
        match self.sureness {
            Sureness::Agreed => writeln!(f, "how sure: {passes} passes of {tries} tries found {least} to {most}"),
            Sureness::Noisy => writeln!(
                f,
                "how sure: not at all. {passes} passes of {tries} tries found {least} to {most}: this machine does \
                 other things too, or the tries are too short (--try-seconds)"
            ),
            Sureness::NeverBroke => {
                writeln!(f, "how sure: nothing gave out, and no more than {} were tried", self.tried_most)
            }
            Sureness::NotOne => writeln!(f, "how sure: in {tries} tries of {passes} passes"),
        }
    }
}

/// A line on a try.
pub(crate) fn sentence(pass: usize, passes: u32, sample: &TrySample, gave_out: Option<Demand>) -> String {
    let ms = |ms: Option<f64>| ms.map_or_else(|| "?".into(), |ms| format!("{ms:.1}"));
    let percent = |share: Option<f64>| share.map_or_else(|| "?".into(), |share| format!("{:.0}", share * 100.0));
    let verdict = gave_out.map_or_else(|| "all held".into(), |demand| format!("gave out: {demand}"));
    format!(
        "pass {pass} of {passes}, {} bots: tick p99 {} ms, age p99 {:.0} ms, late inputs {:.1} %, busiest thread {} \
         %, waited {} %; bots {:.1} ms late, {} %: {verdict}",
        sample.bots,
        ms(sample.tick_p99_ms),
        sample.age_p99_ms,
        sample.late_inputs * 100.0,
        percent(sample.cpu),
        percent(sample.server_waited),
        sample.bots_late_p99_ms,
        percent(sample.bots_cpu),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMANDS: Demands = Demands { tick_p99: 0.75, age_p99: 3.0, late_inputs: 0.02, cpu: 0.85 };

    fn shown(held: [u32; 3], gave_out: Option<Demand>) -> String {
        let pass = |held| CapacityPass { held, broke: gave_out.map(|_| held + 20), gave_out };
        let capacity = Capacity { passes: held.map(pass).to_vec(), most: 5000 };
        let sample = TrySample { bots: capacity.held(), rooms: Some(50), ..TrySample::default() };
        let broken = TrySample { bots: 9000, busiest_thread: Some("auspice-rooms-0".into()), ..TrySample::default() };
        let tries = vec![(sample, None), (broken, gave_out)];
        CapacityReport::new("ws://x".into(), DEMANDS, &capacity, tries).to_string()
    }

    #[test]
    fn an_answer_says_how_many_who_gave_out_and_how_sure_it_is() {
        let text = shown([390, 400, 410], Some(Demand::Cpu));
        assert_eq!(
            text,
            "400 players in 50 rooms\ngave out first: the core of the server's busiest thread\n\
             the thread: auspice-rooms-0\nhow sure: 3 passes of 2 tries found 390 to 410\n"
        );
    }

    #[test]
    fn where_the_server_did_not_give_out_it_may_serve_more_and_where_passes_disagree_that_is_said() {
        assert!(shown([390, 400, 410], Some(Demand::Bots)).starts_with("at least 400 players"));
        assert!(shown([390, 400, 410], Some(Demand::Cores)).starts_with("at least 400 players"));
        let never = shown([5000; 3], None);
        assert!(
            never.starts_with("at least 5000 players") && never.contains("no more than 5000 were tried"),
            "{never}"
        );
        let noisy = shown([100, 400, 410], Some(Demand::Tick));
        assert!(noisy.contains("how sure: not at all"), "{noisy}");
        assert!(shown([0; 3], Some(Demand::Age)).starts_with("not even one player"));
    }
}
