//! [`Demands`]: what being served well is, and which demand gave out first where a try was not.

use std::fmt;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::report::Report;

/// Share of its running time for which a process may wait for a core: beyond, the machine has too few for all.
const WAITED_SHARE_MAX: f64 = 0.25;

/// Share of their core beyond which the bots' one thread has no time left to be punctual.
const BOTS_CPU_SHARE_MAX: f64 = 0.9;

/// Share of a tick's time by which the bots may be late for what they have to do, at the 99th percentile: what they
/// measure is off by as much.
const BOTS_LATE_TICKS_MAX: f64 = 0.5;

/// Demands that players are served well, as the command line has them.
#[derive(Args, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demands {
    /// Share of a tick's time by the end of which a tick must be done, at the 99th percentile
    #[arg(long, value_name = "SHARE", default_value_t = 0.75, value_parser = parse_positive)]
    pub tick_p99: f64,
    /// Ticks that the newest state of a bot may be old, at the 99th percentile; with the longest silence, if updates
    /// are rarer than ticks
    #[arg(long, value_name = "TICKS", default_value_t = 3.0, value_parser = parse_positive)]
    pub age_p99: f64,
    /// Share of ticks for which the input of a bot may be missing, because it came late or not at all
    #[arg(long, value_name = "SHARE", default_value_t = 0.02, value_parser = parse_positive)]
    pub late_inputs: f64,
    /// Share of a core that the busiest of the server's threads may take
    #[arg(long, value_name = "SHARE", default_value_t = 0.85, value_parser = parse_positive)]
    pub cpu: f64,
}

fn parse_positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number: &f64| *number > 0.0 && number.is_finite())
        .ok_or_else(|| "more than 0".to_string())
}

/// A thing that gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Ticks of the server are not done in their time.
    Tick,
    /// The newest state that a bot has is too old, or too few updates came.
    Age,
    /// Inputs came after their tick.
    LateInputs,
    /// A thread of the server has no more of its core.
    Cpu,
    /// The server left something out, to be done in time.
    Service,
    /// Bots were not let in.
    Places,
    /// Connections were lost.
    Connections,
    /// The bots themselves are late: the server may have more to give.
    Bots,
    /// Server and bots wait for cores that others have.
    Cores,
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tick => "the server's ticks, which were not done in time",
            Self::Age => "the age of the state that bots had",
            Self::LateInputs => "inputs, which came after their tick",
            Self::Cpu => "the core of the server's busiest thread",
            Self::Service => "full service: the server left out what it had no time for",
            Self::Places => "places: the server lets no more in (--max-clients, --rooms, --room-size)",
            Self::Connections => "connections, some of which were lost",
            Self::Bots => "the bots, not the server: with more machines for bots it may serve more",
            Self::Cores => "this machine's cores, which server and bots (or others) share",
        })
    }
}

/// Measurements of a try, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrySample {
    /// Bots that were to play.
    pub bots: u32,
    /// Bots that were let in.
    pub joined: usize,
    /// Time of a tick.
    pub tick_ms: f64,
    /// Ticks of an update at most.
    pub send_every: u32,
    /// Time from when a tick was due until it was done, all but one in a hundred.
    pub tick_p99_ms: Option<f64>,
    /// Age of the newest state, all but one in a hundred.
    pub age_p99_ms: f64,
    /// Updates that came, by those that were promised.
    pub updates_share: f64,
    /// Ticks for which an input was missing, as a share of all.
    pub late_inputs: f64,
    /// Share of a core that the busiest thread of the server took.
    pub cpu: Option<f64>,
    /// Name of that thread.
    pub busiest_thread: Option<String>,
    /// Times that the server began to leave something out, or whether it did so all the time.
    pub rungs: Option<u64>,
    /// Time that the server waited for a core, by the time that it ran.
    pub server_waited: Option<f64>,
    /// Likewise the bots.
    pub bots_waited: Option<f64>,
    /// Lateness of the bots' own thread, all but one time in a hundred.
    pub bots_late_p99_ms: f64,
    /// Share of a core that the bots took.
    pub bots_cpu: Option<f64>,
    /// Connections that were lost.
    pub disconnects: u64,
    /// Rooms with players, in the end.
    pub rooms: Option<u32>,
}

impl TrySample {
    /// Measurements of a run.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let figures = &report.figures;
        // By the clock: a server that has no time makes fewer ticks, and may not say how many.
        let ticks = figures.seconds * f64::from(figures.tick_hz);
        let input_ticks = (ticks * figures.verifying as f64).max(1.0);
        let server = figures.server.clone().unwrap_or_default();
        Self {
            bots: figures.clients,
            joined: figures.joined,
            tick_ms: 1000.0 / f64::from(figures.tick_hz.max(1)),
            send_every: figures.send_every,
            tick_p99_ms: server.tick_p99_ms,
            age_p99_ms: figures.age_p99_ms,
            updates_share: figures.updates_per_second / figures.updates_promised(),
            late_inputs: figures.inputs_missing as f64 / input_ticks,
            cpu: server.busiest_thread_cpu,
            busiest_thread: server.busiest_thread,
            rungs: server.rungs,
            server_waited: figures.server_waited_share,
            bots_waited: figures.bots_waited_share,
            bots_late_p99_ms: figures.bots_late_p99_ms,
            bots_cpu: figures.bots_cpu_share,
            disconnects: figures.disconnects,
            rooms: server.rooms_running,
        }
    }

    fn waits_for_cores(&self) -> bool {
        [self.server_waited, self.bots_waited].into_iter().flatten().any(|share| share > WAITED_SHARE_MAX)
    }

    fn bots_are_late(&self) -> bool {
        self.bots_late_p99_ms > self.tick_ms * BOTS_LATE_TICKS_MAX
            || self.bots_cpu.is_some_and(|cpu| cpu > BOTS_CPU_SHARE_MAX)
    }
}

impl Demands {
    /// The demand that gave out in a try; `None` where all held. The one place that says who it is.
    #[must_use]
    pub fn judge(&self, sample: &TrySample) -> Option<Demand> {
        // By how much each is beyond what is demanded: 1 is the limit.
        let of_server = [
            (Demand::Tick, sample.tick_p99_ms.map_or(0.0, |ms| ms / (sample.tick_ms * self.tick_p99))),
            (Demand::Cpu, sample.cpu.map_or(0.0, |cpu| cpu / self.cpu)),
            (Demand::Service, sample.rungs.map_or(0.0, |rungs| if rungs > 0 { 1.01 } else { 0.0 })),
        ];
        let silence = f64::from(sample.send_every.max(1) - 1);
        let of_bots = [
            (Demand::Age, sample.age_p99_ms / (sample.tick_ms * (self.age_p99 + silence))),
            (Demand::Age, crate::verdict::pass::UPDATE_SHARE_MIN / sample.updates_share.max(1e-3)),
            (Demand::LateInputs, sample.late_inputs / self.late_inputs),
            (Demand::Connections, if sample.disconnects > 0 { 1.01 } else { 0.0 }),
        ];
        let server = worst(&of_server);
        match () {
            // A thread that has its whole core is nobody else's doing.
            () if server == Some(Demand::Cpu) => server,
            () if (server.is_some() || sample.bots_are_late()) && sample.waits_for_cores() => Some(Demand::Cores),
            () if server.is_some() => server,
            () if sample.joined < sample.bots as usize => Some(Demand::Places),
            // What late bots have measured is their own lateness.
            () if sample.bots_are_late() => Some(Demand::Bots),
            () => worst(&of_bots).map(|demand| if sample.waits_for_cores() { Demand::Cores } else { demand }),
        }
    }
}

/// The demand that is broken by most, if one is.
fn worst(demands: &[(Demand, f64)]) -> Option<Demand> {
    let broken = demands.iter().filter(|(_, times)| *times > 1.0);
    broken.max_by(|one, other| one.1.total_cmp(&other.1)).map(|(demand, _)| *demand)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMANDS: Demands = Demands { tick_p99: 0.75, age_p99: 3.0, late_inputs: 0.02, cpu: 0.85 };

    /// A try in which all is well.
    fn well() -> TrySample {
        TrySample {
            bots: 100,
            joined: 100,
            tick_ms: 33.3,
            send_every: 1,
            tick_p99_ms: Some(4.0),
            age_p99_ms: 36.0,
            updates_share: 1.0,
            late_inputs: 0.001,
            cpu: Some(0.2),
            rungs: Some(0),
            server_waited: Some(0.02),
            bots_waited: Some(0.02),
            bots_late_p99_ms: 2.0,
            bots_cpu: Some(0.3),
            ..TrySample::default()
        }
    }

    #[track_caller]
    fn gives_out(demand: Option<Demand>, harm: impl FnOnce(&mut TrySample)) {
        let mut sample = well();
        harm(&mut sample);
        assert_eq!(DEMANDS.judge(&sample), demand);
    }

    #[test]
    fn each_demand_alone_is_the_one_that_gave_out() {
        gives_out(None, |_| {});
        gives_out(Some(Demand::Tick), |sample| sample.tick_p99_ms = Some(26.0));
        gives_out(Some(Demand::Age), |sample| sample.age_p99_ms = 101.0);
        gives_out(Some(Demand::Age), |sample| sample.updates_share = 0.9);
        gives_out(Some(Demand::LateInputs), |sample| sample.late_inputs = 0.03);
        gives_out(Some(Demand::Cpu), |sample| sample.cpu = Some(0.9));
        gives_out(Some(Demand::Service), |sample| sample.rungs = Some(1));
        gives_out(Some(Demand::Places), |sample| sample.joined = 64);
        gives_out(Some(Demand::Connections), |sample| sample.disconnects = 1);
        gives_out(Some(Demand::Bots), |sample| sample.bots_late_p99_ms = 17.0);
        gives_out(Some(Demand::Bots), |sample| sample.bots_cpu = Some(0.95));
    }

    #[test]
    fn what_late_bots_measured_is_laid_at_their_own_door() {
        gives_out(Some(Demand::Bots), |sample| {
            (sample.bots_late_p99_ms, sample.age_p99_ms, sample.late_inputs) = (40.0, 150.0, 0.2);
        });
    }

    #[test]
    fn a_server_that_says_itself_that_it_is_late_gave_out_though_bots_are_late_too() {
        gives_out(Some(Demand::Tick), |sample| (sample.bots_late_p99_ms, sample.tick_p99_ms) = (40.0, Some(60.0)));
        gives_out(Some(Demand::Cpu), |sample| (sample.bots_cpu, sample.cpu) = (Some(0.95), Some(0.99)));
    }

    #[test]
    fn who_waits_for_a_core_that_others_have_is_not_to_blame() {
        gives_out(Some(Demand::Cores), |sample| (sample.server_waited, sample.tick_p99_ms) = (Some(0.4), Some(60.0)));
        gives_out(Some(Demand::Cores), |sample| (sample.bots_waited, sample.bots_late_p99_ms) = (Some(0.4), 40.0));
        gives_out(Some(Demand::Cores), |sample| (sample.server_waited, sample.age_p99_ms) = (Some(0.4), 140.0));
        // But one that had all of a core had it.
        gives_out(Some(Demand::Cpu), |sample| (sample.server_waited, sample.cpu) = (Some(0.4), Some(0.97)));
        gives_out(None, |sample| sample.server_waited = Some(0.4));
    }

    #[test]
    fn without_the_servers_own_word_what_bots_see_decides() {
        gives_out(Some(Demand::Age), |sample| {
            (sample.tick_p99_ms, sample.cpu, sample.rungs, sample.server_waited) = (None, None, None, None);
            sample.age_p99_ms = 150.0;
        });
    }

    #[test]
    fn updates_that_are_rarer_by_the_terms_may_be_older() {
        gives_out(None, |sample| (sample.send_every, sample.age_p99_ms) = (4, 150.0));
    }
}
