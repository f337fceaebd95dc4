//! The demo client: `cargo play`.

mod args;

use std::time::Duration;

use auspice_bevy::demo::DemoPlugin;
use auspice_bevy::demo::controls::{AutopilotPlugin, ControlsPlugin};
use auspice_bevy::demo::host::Host;
use auspice_bevy::overlay::OverlayPlugin;
use auspice_bevy::socket::trust;
use auspice_bevy::{AuspicePlugin, Meter, Session};
use auspice_demo::Demo;
use bevy::app::ScheduleRunnerPlugin;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};
use bevy::window::{PresentMode, WindowResolution};
use bevy::winit::WinitSettings;
use clap::Parser;

use crate::args::Args;

/// Frames of a game without a window: as many as most screens show.
const HEADLESS_FRAME: Duration = Duration::from_micros(16_667);

fn main() -> AppExit {
    let args = Args::parse();
    if let Some(Err(error)) = args.tls_ca.as_deref().map(trust) {
        eprintln!("{error}");
        return AppExit::from_code(1);
    }
    let mut app = App::new();
    let url = match host(&args, &mut app) {
        Ok(url) => url,
        Err(error) => {
            eprintln!("no server could be started: {error}");
            return AppExit::from_code(1);
        }
    };
    app.world_mut().spawn(Session::<Demo>::new(&url, &args.name));
    if args.split {
        app.world_mut().spawn(Session::<Demo>::new(&url, &format!("{} 2", args.name)));
    }
    let netcode = AuspicePlugin::<Demo>::default();
    if args.headless {
        app.add_plugins((MinimalPlugins.set(ScheduleRunnerPlugin::run_loop(HEADLESS_FRAME)), log(), netcode));
        app.add_systems(Update, report);
    } else {
        app.add_plugins((
            DefaultPlugins.set(window(&args)).set(log()),
            netcode,
            DemoPlugin,
            OverlayPlugin { is_open: args.overlay, ..default() },
        ));
        app.insert_resource(WinitSettings::continuous());
    }
    if args.autopilot {
        app.add_plugins(AutopilotPlugin { seed: u64::from(std::process::id()) });
    } else if !args.headless {
        app.add_plugins(ControlsPlugin);
    }
    if let Some(file) = args.screenshot.clone() {
        app.add_systems(Update, take_picture(file, args.after));
    }
    if let Some(seconds) = args.exit_after {
        app.add_systems(Update, quit_after(seconds));
    }
    app.run()
}

/// The address to play on: a server of our own, if that was asked for.
fn host(args: &Args, app: &mut App) -> Result<String, String> {
    if !args.host {
        return Ok(args.url.clone());
    }
    let host = args.port.map_or_else(Host::start, Host::start_at)?;
    let address = host.address();
    app.insert_resource(host);
    Ok(address)
}

fn window(args: &Args) -> WindowPlugin {
    let window = Window {
        title: "Auspice".into(),
        name: Some("auspice".into()),
        resolution: WindowResolution::new(args.window.0, args.window.1),
        present_mode: PresentMode::AutoVsync,
        ..default()
    };
    WindowPlugin { primary_window: Some(window), ..default() }
}

fn log() -> LogPlugin {
    LogPlugin { filter: "warn,auspice=info,auspice_bevy=info,auspice_server=info".into(), ..default() }
}

/// How it goes, once a second.
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
            meter.tick,
            meter.known,
            meter.echo.as_millis(),
            meter.down,
            meter.up,
            meter.netcode_mean.as_secs_f64() * 1e3,
        );
    }
}

fn take_picture(file: std::path::PathBuf, after: f32) -> impl FnMut(Res<Time<Real>>, Commands, Local<bool>) {
    move |time, mut commands, mut is_taken| {
        if !*is_taken && time.elapsed_secs() >= after {
            *is_taken = true;
            commands.spawn(Screenshot::primary_window()).observe(save_to_disk(file.clone()));
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
