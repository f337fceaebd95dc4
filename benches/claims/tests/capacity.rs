//! A search for a capacity in which the server gives out before its bots do: its game takes time for each player.

use std::thread::sleep;
use std::time::Duration;

use auspice::game::Viewpoint;
use auspice::replica::Replica;
use auspice::{ClientId, Context, EntityId, Game, Ground, Micros, Publisher, Replicate, Step};
use auspice_bots::capacity::demands::{Demand, Demands, TrySample};
use auspice_bots::capacity::{CapacityArgs, find};
use auspice_bots::driver::Driver;
use auspice_bots::plan::{Plan, SwarmArgs};
use auspice_server::{AdminListen, Config, Server};
use glam::IVec2;
use serde::{Deserialize, Serialize};

/// Time that the game takes for each player and tick. At 30 Hz a tick of two dozen players takes three quarters of its
/// time.
const EACH: Duration = Duration::from_millis(1);

#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Idler {
    #[field(vec2(min = -1000, max = 1000, step = 1), position)]
    place: IVec2,
}

/// A game in which nobody does anything, and which takes its time for it.
#[derive(Default)]
struct SlowGame {
    idlers: Vec<(ClientId, EntityId)>,
    slot: u32,
}

impl Game for SlowGame {
    const NAME: &'static str = "slow";
    const TICK_HZ: u32 = 30;
    const INTEREST_RADIUS: f32 = 100.0;

    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Idler;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self::default()
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.idlers.push((client, EntityId::new(self.slot, 0)));
        self.slot += 1;
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.idlers.retain(|(idler, _)| *idler != client);
    }

    /// Sleeps in place of working: so bots have all the processor that they want, on however few cores.
    fn step(&mut self, _: &mut Step<'_, Self>) {
        sleep(EACH * self.idlers.len() as u32);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (client, id) in &self.idlers {
            out.put(*id, &Idler { place: IVec2::ZERO });
            out.viewpoint(*client, Viewpoint::of(*id));
        }
    }
}

struct Onlooker;

impl Driver<SlowGame> for Onlooker {
    fn steer(&mut self, _: &mut Replica<SlowGame>, _: Micros) {}

    fn steer_blind(&mut self) {}
}

#[test]
fn a_server_whose_game_takes_time_for_each_player_is_what_gave_out() {
    let mut config = Config::for_game::<SlowGame>(());
    config.listen.set_port(0);
    config.admin.listen = AdminListen::At("127.0.0.1:0".parse().expect("it is an address"));
    let server = Server::<SlowGame>::start(config).expect("a server should start on any free port");
    let url = format!("ws://{}", server.local_addr());
    let swarm =
        SwarmArgs { url, clients: 12, ramp_per_second: 100, admin: server.admin_addr(), ..SwarmArgs::default() };
    let plan = Plan { args: swarm, warmup_seconds: 0, floor_hz: None };
    let demands = Demands { tick_p99: 0.75, age_p99: 3.0, late_inputs: 0.02, cpu: 0.85 };
    let args = CapacityArgs { find_capacity: true, max: 96, passes: 1, precision: 1.0, try_seconds: 2, demands };
    let report = find::<SlowGame, _>(&plan, &args, |_| Onlooker).expect("bots can play");
    println!("{report}");
    let broken = report.tries.iter().filter(|tried| tried.gave_out.is_some());
    let broken = broken.max_by_key(|tried| tried.sample.bots).expect("it does not serve 96");
    // Where something else had the cores, that is said in place of it: who gave out beside that?
    let alone = TrySample { server_waited: None, bots_waited: None, ..broken.sample.clone() };
    let gave_out = demands.judge(&alone);
    assert!(matches!(gave_out, Some(Demand::Tick | Demand::Service)), "{gave_out:?}: {broken:?}");
    assert!(broken.sample.bots <= 48 && report.players < 48, "{report}");
    if report.gave_out == gave_out {
        let text = report.to_string();
        assert!(
            !text.starts_with("at least") && text.contains("gave out first: ") && text.contains("server"),
            "{text}"
        );
    }
}
