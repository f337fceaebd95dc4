//! Real sockets on this machine, a few bots, a second or two: the bots, the W1 server and the floor fit together.

use std::net::TcpListener;
use std::path::PathBuf;
use std::rc::Rc;

use auspice_bots::plan::{Plan, SwarmArgs, SwarmError};
use auspice_bots::report::Report;
use auspice_bots::swarm;
use auspice_claims::floor;
use auspice_claims::workload_driver::{SharedRun, WorkloadDriver};
use auspice_server::{Config, Server};
use auspice_workloads::w1::W1;
use auspice_workloads::w2::W2;
use auspice_workloads::workload::Workload;

fn run<W: Workload>(url: String, floor_hz: Option<u32>) -> Result<Report, SwarmError> {
    run_into::<W>(None, url, floor_hz)
}

fn run_into<W: Workload>(json: Option<PathBuf>, url: String, floor_hz: Option<u32>) -> Result<Report, SwarmError> {
    run_with::<W>(SwarmArgs { json, ..args(url) }, floor_hz)
}

fn args(url: String) -> SwarmArgs {
    SwarmArgs { url, clients: 12, seconds: 1, verify_share: 0.5, ramp_per_second: 1000, ..SwarmArgs::default() }
}

fn run_with<W: Workload>(args: SwarmArgs, floor_hz: Option<u32>) -> Result<Report, SwarmError> {
    let run: SharedRun<W> = Rc::default();
    swarm::run::<W, _>(&Plan { args, warmup_seconds: 0, floor_hz }, |index| WorkloadDriver::new(run.clone(), index))
}

#[test]
fn bots_play_w1_and_hold_exactly_what_a_second_run_of_it_says() {
    play_and_compare::<W1>();
}

#[test]
fn bots_play_w2_and_hold_what_a_second_run_of_it_says_within_tolerance() {
    play_and_compare::<W2>();
}

fn play_and_compare<W: Workload>() {
    let mut config = Config::for_game::<W>(W::rules(300, None));
    config.listen.set_port(0);
    let server = Server::<W>::start(config).expect("a server should start on any free port");
    let report = run::<W>(format!("ws://{}", server.local_addr()), None).expect("there should be figures");
    drop(server);
    // How fast it went is the machine's affair in a test.
    assert_eq!((report.figures.joined, report.figures.verifying, report.figures.disconnects), (12, 6, 0), "{report}");
    assert_eq!((report.figures.divergences, report.figures.tolerance_violations), (0, 0), "{report}");
    assert!(
        report.figures.entities_compared > 100
            && report.figures.updates_per_second > 1.0
            && report.figures.visible_mean > 5.0,
        "{report}"
    );
    assert!(report.figures.server_ticks > 0 && report.figures.server_entities == 300, "{report}");
}

#[test]
fn a_hundred_bots_that_are_cut_off_at_once_are_all_back_as_they_were() {
    let mut config = Config::for_game::<W1>(W1::rules(300, None));
    config.listen.set_port(0);
    let server = Server::<W1>::start(config).expect("a server should start on any free port");
    let url = format!("ws://{}", server.local_addr());
    let storm = SwarmArgs { clients: 100, verify_share: 0.2, seconds: 4, cut_at: Some(1), cut_share: 0.9, ..args(url) };
    let report = run_with::<W1>(storm, None).expect("there should be figures");
    assert_eq!((report.figures.joined, report.figures.cuts, report.figures.returned), (100, 90, 90), "{report}");
    assert_eq!(
        (report.figures.strangers, report.figures.still_away, report.figures.disconnects),
        (0, 0, 0),
        "{report}"
    );
    assert_eq!((report.figures.divergences, report.figures.tolerance_violations), (0, 0), "{report}");
    // How long it took is the machine's affair, and a bound of the verdict.
    let text = server.metrics();
    assert!(text.contains("auspice_joins_total{result=\"resumed\"} 90\n"), "{text}");
}

#[test]
fn bots_whose_sessions_are_over_join_anew() {
    let mut config = Config::for_game::<W1>(W1::rules(300, None));
    config.listen.set_port(0);
    config.grace_seconds = 0;
    let server = Server::<W1>::start(config).expect("a server should start on any free port");
    let url = format!("ws://{}", server.local_addr());
    let report = run_with::<W1>(SwarmArgs { seconds: 3, cut_at: Some(1), ..args(url) }, None);
    let report = report.expect("there should be figures");
    assert_eq!((report.figures.joined, report.figures.cuts, report.figures.strangers), (12, 12, 12), "{report}");
    assert_eq!((report.figures.returned, report.figures.still_away, report.figures.disconnects), (0, 0, 0), "{report}");
    // Each showed its token, was told that it is worth nothing, and came without.
    assert!(report.figures.returns_turned_away >= 12, "{report}");
}

#[test]
fn bots_count_what_the_floor_sends() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("some port should be free");
    let address = listener.local_addr().expect("a listener should know its address");
    std::thread::spawn(move || floor::serve(&listener, 7, 30, |_| true));
    let args = SwarmArgs { seconds: 3, ..args(format!("ws://{address}")) };
    let report = run_with::<W1>(args, Some(30)).expect("there should be figures");
    assert_eq!((report.figures.joined, report.figures.disconnects), (12, 0), "{report}");
    assert_eq!(
        (report.figures.payload_bytes_per_client_tick, report.figures.wire_bytes_per_client_tick),
        (7.0, 61.0),
        "{report}"
    );
    assert!(report.figures.updates_per_second > 1.0, "{report}");
    if cfg!(target_os = "linux") {
        // A bot notices a little late when the window begins, and when it ends.
        let counted = report.figures.counted.expect("this kernel counts");
        let messages = counted.down_bytes_per_second - 52.0 * counted.down_segments_per_second;
        let share = messages / (9.0 * report.figures.updates_per_second);
        assert!((0.5..2.0).contains(&share), "{share}: {report}");
        assert!(counted.up_segments_per_second > 0.5, "acknowledgements at least: {report}");
    }
}

#[test]
fn where_no_server_is_one_sentence_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("some port should be free");
    let address = listener.local_addr().expect("a listener should know its address");
    drop(listener);
    let error = run::<W1>(format!("ws://{address}"), None).expect_err("nobody should answer");
    assert!(error.to_string().starts_with(&format!("no server answers at {address}: ")), "{error}");
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_anybody_plays() {
    let nowhere = PathBuf::from("no/such/folder/figures.json");
    let error =
        run_into::<W1>(Some(nowhere), "ws://127.0.0.1:1".to_string(), None).expect_err("there is no such folder");
    assert!(error.to_string().starts_with("no/such/folder/figures.json cannot be written: "), "{error}");
}
