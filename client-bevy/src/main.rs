//! The demo client: `cargo play`.

mod args;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(any(target_arch = "wasm32", test))]
mod renewal;

#[cfg(not(target_arch = "wasm32"))]
use native as platform;
#[cfg(target_arch = "wasm32")]
use page as platform;

use std::time::Duration;

use auspice::message::Credential;
use auspice_bevy::demo::DemoPlugin;
use auspice_bevy::demo::controls::{Autopilot, ControlsPlugin};
#[cfg(feature = "host")]
use auspice_bevy::demo::host::Host;
use auspice_bevy::demo::pictures::{Pictures, PicturesPlugin};
use auspice_bevy::demo::replayed::ReplayPlugin;
use auspice_bevy::demo::scenario::{Scenario, ScenarioPlugin};
use auspice_bevy::lab::LabPlugin;
use auspice_bevy::overlay::OverlayPlugin;
use auspice_bevy::socket::chance;
use auspice_bevy::{AuspicePlugin, Meter, PacePlugin, Session};
use auspice_demo::Demo;
use bevy::app::ScheduleRunnerPlugin;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::window::{ExitCondition, PresentMode, WindowResolution};
use bevy::winit::{WinitPlugin, WinitSettings};

use crate::args::Args;

/// Frames of a game without a window: as many as most screens show.
const HEADLESS_FRAME: Duration = Duration::from_micros(16_667);

fn main() -> AppExit {
    platform::args().and_then(|args| run(&args)).unwrap_or_else(|error| platform::fail(&error))
}

fn run(args: &Args) -> Result<AppExit, String> {
    args.tls_ca.as_deref().map(platform::trust).transpose()?;
    let keys = platform::keys(args.keys.as_deref())?;
    if args.print_keys {
        platform::print(&keys.to_toml())?;
        return Ok(AppExit::Success);
    }
    let scenario = args.scenario.as_deref().map(Scenario::read).transpose()?;
    if let Some(folder) = &args.record {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut app = App::new();
    let url = address(args, &mut app).map_err(|error| format!("no server could be started: {error}"))?;
    platform::renew(args, &mut app)?;
    // A file that is not there is better known now than at the first connection.
    credential(args)?;
    let asked = args.clone();
    let shown = move || {
        credential(&asked).unwrap_or_else(|error| {
            warn!("{error}");
            Credential::Open
        })
    };
    let session = Session::<Demo>::new(&url, &args.name).with_credential_from(shown.clone());
    let session = if args.watch { session.talking() } else { session };
    let session = platform::come_back(session, &mut app);
    app.world_mut().spawn(session);
    if args.split {
        app.world_mut().spawn(Session::<Demo>::new(&url, &format!("{} 2", args.name)).with_credential_from(shown));
    }
    if args.headless && !wants_pictures(args, scenario.as_ref()) {
        app.add_plugins((MinimalPlugins.set(ScheduleRunnerPlugin::run_loop(HEADLESS_FRAME)), log()));
        app.add_plugins((AuspicePlugin::<Demo>::default(), LabPlugin::<Demo> { has_panel: false, ..default() }));
        app.add_systems(Update, report);
    } else {
        show(args, &mut app);
    }
    app.insert_resource(keys).add_plugins(ControlsPlugin);
    if args.autopilot {
        let seed = args.seed.unwrap_or_else(chance);
        app.add_systems(Startup, move |sessions: Query<Entity, With<Session<Demo>>>, mut commands: Commands| {
            for session in &sessions {
                commands.entity(session).insert(Autopilot::new(seed));
            }
        });
    }
    if let Some(scenario) = scenario {
        app.add_plugins(ScenarioPlugin(scenario));
    }
    if let Some(seconds) = args.exit_after {
        app.add_systems(Update, quit_after(seconds)).add_plugins(PacePlugin);
    }
    Ok(app.run())
}

fn wants_pictures(args: &Args, scenario: Option<&Scenario>) -> bool {
    let in_scenario =
        scenario.is_some_and(|scenario| scenario.moments.iter().any(|moment| moment.screenshot.is_some()));
    args.screenshot.is_some() || args.record.is_some() || in_scenario
}

/// The game on a screen: a window, or an image where there is to be none.
fn show(args: &Args, app: &mut App) {
    let engine = DefaultPlugins.set(window(args)).set(log());
    if args.headless {
        app.add_plugins((engine.disable::<WinitPlugin>(), ScheduleRunnerPlugin::run_loop(HEADLESS_FRAME)));
    } else {
        app.add_plugins(engine).insert_resource(WinitSettings::continuous());
    }
    app.add_plugins((
        AuspicePlugin::<Demo>::default(),
        PicturesPlugin { record: args.record.clone(), canvas: args.headless.then_some(args.window) },
        DemoPlugin,
        OverlayPlugin::<Demo> { page: args.overlay, ..default() },
        LabPlugin::<Demo> { is_open: args.lab, ..default() },
    ));
    if args.watch {
        app.add_plugins(ReplayPlugin);
    }
    if let Some(file) = args.screenshot.clone() {
        app.add_systems(Update, take_picture(file, args.after));
    }
}

/// The credential that the server is shown, by the flags; a ticket as the file has it now, or the newest that came.
fn credential(args: &Args) -> Result<Credential, String> {
    if let Some(ticket) = platform::renewed() {
        return Ok(Credential::Ticket(ticket));
    }
    let Some(file) = &args.ticket else { return Ok(args.secret.clone().map_or(Credential::Open, Credential::Secret)) };
    platform::ticket(file).map(Credential::Ticket)
}

/// The address to play on: a server of our own, if that was asked for.
fn address(args: &Args, app: &mut App) -> Result<String, String> {
    if !args.host {
        return Ok(args.url.clone());
    }
    host(args, app)
}

#[cfg(not(feature = "host"))]
fn host(_: &Args, _: &mut App) -> Result<String, String> {
    Err("this client was built without one".into())
}

#[cfg(feature = "host")]
fn host(args: &Args, app: &mut App) -> Result<String, String> {
    let host = args.port.map_or_else(Host::start, Host::start_at)?;
    let address = host.address();
    app.insert_resource(host);
    Ok(address)
}

fn window(args: &Args) -> WindowPlugin {
    let window = platform::dress(Window {
        title: "Auspice".into(),
        name: Some("auspice".into()),
        resolution: WindowResolution::new(args.window.0, args.window.1),
        present_mode: if args.no_vsync { PresentMode::AutoNoVsync } else { PresentMode::AutoVsync },
        ..default()
    });
    let exit_condition = if args.headless { ExitCondition::DontExit } else { ExitCondition::OnAllClosed };
    WindowPlugin { primary_window: (!args.headless).then_some(window), exit_condition, ..default() }
}

fn log() -> LogPlugin {
    LogPlugin {
        filter: "warn,auspice=info,auspice_bevy=info,auspice_server=info".into(),
        fmt_layer: platform::log_layer,
        ..default()
    }
}

/// Reports the state of the session, once a second.
fn report(time: Res<Time<Real>>, sessions: Query<(&Session<Demo>, &Meter)>, mut due: Local<f32>) {
    *due -= time.delta_secs();
    if *due > 0.0 {
        return;
    }
    *due = 1.0;
    for (session, meter) in &sessions {
        info!(
            "{}: {}; tick {}, {} entities, echo {} ms, {:.0} B/s down, {:.0} B/s up, netcode {:.3} ms a frame",
            session.name(),
            session.connection(),
            meter.net.tick,
            meter.known,
            meter.net.ping.0 / 1000,
            meter.down,
            meter.up,
            meter.netcode_mean.as_secs_f64() * 1e3,
        );
    }
}

fn take_picture(file: std::path::PathBuf, after: f32) -> impl FnMut(Res<Time<Real>>, ResMut<Pictures>, Local<bool>) {
    move |time, mut pictures, mut is_taken| {
        if !*is_taken && time.elapsed_secs() >= after {
            *is_taken = true;
            pictures.take(file.clone());
        }
    }
}

fn quit_after(seconds: f32) -> impl FnMut(Res<Time<Real>>, MessageWriter<AppExit>) {
    move |time, mut exit| {
        if time.elapsed_secs() >= seconds {
            exit.write(AppExit::Success);
        }
    }
}
