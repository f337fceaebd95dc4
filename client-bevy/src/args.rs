//! Flags of the binary.

use std::path::PathBuf;

#[cfg(any(target_arch = "wasm32", test))]
use clap::CommandFactory;
use clap::Parser;

/// Fly a ship on an Auspice server.
#[derive(Parser, Clone, Debug)]
#[command(name = "auspice-bevy", version)]
pub(crate) struct Args {
    /// The server's address.
    #[arg(long, value_name = "ADDRESS", default_value = "ws://127.0.0.1:7700")]
    pub(crate) url: String,

    /// Certificates to trust for wss://: those of this PEM file, and no others; by default those that
    /// browsers trust.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// Secret that the server asks for, where it has one.
    #[arg(long, value_name = "TEXT", conflicts_with = "ticket")]
    pub(crate) secret: Option<String>,

    /// A file with your ticket, where the server asks for tickets: read anew at each connection, since each
    /// is good once. Whoever loses the connection comes back without.
    #[arg(long, value_name = "FILE")]
    pub(crate) ticket: Option<PathBuf>,

    /// In a page: an address that gives a new ticket, as text and nothing else, to whoever is signed in there. It is
    /// asked whenever the server wants a ticket, which has to be on the page's host or that of this address.
    #[arg(long, value_name = "URL", conflicts_with = "secret")]
    pub(crate) ticket_url: Option<String>,

    /// In a page within another one: the origin of that other page, which is asked for a new ticket by message whenever
    /// the server wants one.
    #[arg(long, value_name = "ORIGIN", conflicts_with = "secret", value_parser = origin)]
    pub(crate) ticket_from: Option<String>,

    /// Your name; at most 16 bytes are shown.
    #[arg(long, default_value = "pilot", value_parser = name)]
    pub(crate) name: String,

    /// Starts a server in this process, and plays on it.
    #[arg(long, conflicts_with = "url")]
    pub(crate) host: bool,

    /// Port that the server of `--host` listens on; by default 7700, or any that is free.
    #[arg(long, value_name = "PORT", requires = "host")]
    pub(crate) port: Option<u16>,

    /// Two clients side by side in one window; the same keys fly both.
    #[arg(long)]
    pub(crate) split: bool,

    /// Lets a computer fly.
    #[arg(long)]
    pub(crate) autopilot: bool,

    /// Looks at a log that a server shows (auspice-server replay FOLDER --serve ADDRESS): space pauses, arrows seek and
    /// set the speed.
    #[arg(long, conflicts_with_all = ["host", "split", "autopilot"])]
    pub(crate) watch: bool,

    /// Opens a page of the netcode's overlay at once, as F3 does.
    #[arg(long, value_name = "PAGE", num_args = 0..=1, default_value_t = 0, default_missing_value = "1")]
    pub(crate) overlay: usize,

    /// Opens the panel of dials and switches at once, as F4 does.
    #[arg(long)]
    pub(crate) lab: bool,

    /// Seed of the autopilot's whims; a new number each time where it is not given.
    #[arg(long, value_name = "NUMBER", requires = "autopilot")]
    pub(crate) seed: Option<u64>,

    /// Plays a scenario: a TOML file of inputs, dials, switches and pictures by time. Quits at its end.
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,

    /// Saves all frames to this folder, as 00000.png and so on.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) record: Option<PathBuf>,

    /// Key bindings, in place of the player's own file.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,

    /// Prints what each key does, as such a file.
    #[arg(long)]
    pub(crate) print_keys: bool,

    /// Saves a picture of the window to this file (PNG).
    #[arg(long, value_name = "FILE")]
    pub(crate) screenshot: Option<PathBuf>,

    /// Seconds from the start to the picture.
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, requires = "screenshot")]
    pub(crate) after: f32,

    /// Plays without a window. Where pictures are asked for they are drawn all the same; otherwise no
    /// graphics card is needed, and the log says once a second how it goes.
    #[arg(long)]
    pub(crate) headless: bool,

    /// Draw as many frames as the machine can, in place of as many as the screen shows: to measure.
    #[arg(long, conflicts_with = "headless")]
    pub(crate) no_vsync: bool,

    /// Quits after so many seconds, and says how long frames took.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) exit_after: Option<f32>,

    /// Width and height of the window.
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = size)]
    pub(crate) window: (u32, u32),
}

#[cfg(any(target_arch = "wasm32", test))]
impl Args {
    /// Flags as a page's address has them, names with values: `name=Ada&autopilot` is
    /// `--name=Ada --autopilot`. Without `url` the server is at `here`. Beside them the names that are no
    /// flags: other sites put such behind every address that they link to, and they mean nothing here. Anybody can
    /// make such a link: it must not lead the ticket of whoever follows it to a server of the link's maker.
    ///
    /// # Errors
    /// What is wrong with the value of a flag, in words for whoever opened the page; or that it is of no use there.
    pub(crate) fn of_page(
        flags: impl IntoIterator<Item = (String, String)>,
        here: &str,
    ) -> Result<(Self, Vec<String>), String> {
        let command = Self::command();
        let is_flag = |name: &str| name == "help" || command.get_arguments().any(|flag| flag.get_long() == Some(name));
        let (own, foreign): (Vec<_>, Vec<_>) = flags.into_iter().partition(|(name, _)| is_flag(name));
        let mut line = vec!["auspice-bevy".to_owned()];
        if !own.iter().any(|(name, _)| name == "url") {
            line.push(format!("--url={here}"));
        }
        let written =
            |(name, value)| if String::is_empty(&value) { format!("--{name}") } else { format!("--{name}={value}") };
        line.extend(own.into_iter().map(written));
        let args = Self::try_parse_from(line).map_err(|error| error.to_string())?;
        let files = [&args.tls_ca, &args.keys, &args.scenario, &args.record, &args.screenshot];
        if files.into_iter().any(Option::is_some) || args.headless || args.print_keys {
            return Err("a page has no files, and always a window: tls-ca, keys, print-keys, scenario, record, \
                        screenshot and headless are of no use here"
                .into());
        }
        let is_on_host_of = |known: &str| host(known).is_some() && host(known) == host(&args.url);
        if let Some(ticket_url) = &args.ticket_url
            && !(args.url == here || is_on_host_of(here) || is_on_host_of(ticket_url))
        {
            return Err(format!(
                "ticket-url gives tickets for a game on this page's host or its own, and url is neither: {}",
                args.url
            ));
        }
        Ok((args, foreign.into_iter().map(|(name, _)| name).collect()))
    }
}

fn name(text: &str) -> Result<String, String> {
    let fits = auspice::message::is_fit_name(text);
    fits.then(|| text.to_owned()).ok_or_else(|| "a name has 1 to 32 characters, all of which can be seen".into())
}

/// Reads one origin, never any: a ticket of somebody else's would let the player play in that one's name.
fn origin(text: &str) -> Result<String, String> {
    let is_origin = ["https://", "http://"].iter().any(|scheme| {
        text.strip_prefix(scheme).is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ', '@', '?', '#']))
    });
    is_origin
        .then(|| text.to_owned())
        .ok_or_else(|| "expected an origin as the address line has it, such as https://example.com".into())
}

/// The host of a whole address, without its port. `None` where a browser might read the address in another way: it
/// takes out tabs, and makes numbers and foreign letters over.
#[cfg(any(target_arch = "wasm32", test))]
fn host(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let (host, port) = match authority.rfind(':').filter(|_| !authority.ends_with(']')) {
        Some(colon) => (&authority[..colon], &authority[colon + 1..]),
        None => (authority, ""),
    };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-[]:".contains(letter);
    let is_host = ["ws", "wss", "http", "https"].contains(&scheme)
        && !host.is_empty()
        && host.chars().all(is_plain)
        && port.chars().all(|digit| digit.is_ascii_digit());
    is_host.then_some(host)
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parsed = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let is_window = |&(width, height): &(u32, u32)| (320..=7680).contains(&width) && (240..=4320).contains(&height);
    parsed.filter(is_window).ok_or_else(|| "expected WIDTHxHEIGHT, such as 1280x720".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "wss://play.example/play";

    /// As a browser takes a page's address apart; nothing below is escaped in it.
    fn page(query: &str) -> Result<(Args, Vec<String>), String> {
        let flags = query.split('&').filter(|flag| !flag.is_empty());
        Args::of_page(
            flags
                .map(|flag| flag.split_once('=').unwrap_or((flag, "")))
                .map(|(name, value)| (name.into(), value.into())),
            HERE,
        )
    }

    #[test]
    fn a_page_takes_its_flags_from_its_address() {
        let (args, foreign) = page("name=Ada&autopilot&seed=7&overlay&secret=of+all").unwrap();
        assert_eq!(
            (&*args.name, args.autopilot, args.seed, args.overlay, args.secret.as_deref()),
            ("Ada", true, Some(7), 1, Some("of+all"))
        );
        assert_eq!((&*args.url, foreign.is_empty()), (HERE, true));
        assert_eq!(page("url=ws://127.0.0.1:7700").unwrap().0.url, "ws://127.0.0.1:7700");
        assert_eq!(page("").unwrap().0.url, HERE);
    }

    #[test]
    fn what_others_put_behind_a_page_s_address_is_left_out_and_named() {
        let (args, foreign) =
            page("fbclid=IwAR0&utm_source=a-b_c&name=Ada&=&-v&version=3&gclid&--lab&url_=x&curl=y").unwrap();
        assert_eq!((&*args.name, &*args.url, args.lab), ("Ada", HERE, false));
        assert_eq!(foreign, ["fbclid", "utm_source", "", "-v", "version", "gclid", "--lab", "url_", "curl"]);
    }

    #[test]
    fn what_is_wrong_with_a_page_s_own_flag_is_said() {
        for (query, word) in [
            ("overlay=x&utm_source=a", "--overlay"),
            ("autopilot=1", "--autopilot"),
            ("name=", "--name"),
            ("seed=7", "--autopilot"),
            ("secret=a&ticket=b", "--ticket"),
            ("screenshot=a.png", "no files"),
            ("headless", "no files"),
            ("ticket-from=*", "--ticket-from"),
            ("ticket-from=https://example.com/", "--ticket-from"),
            ("ticket-url=/ticket&secret=a", "--secret"),
            ("help", "Usage"),
        ] {
            let error = page(query).unwrap_err();
            assert!(error.contains(word), "{query}: {error}");
        }
    }

    #[test]
    fn a_ticket_is_fetched_for_the_page_s_own_game_or_that_of_whoever_gives_it() {
        for query in [
            "ticket-url=/ticket",
            "ticket-url=https://login.example/ticket",
            "url=wss://play.example:7700/play&ticket-url=/ticket",
            "url=ws://play.example&ticket-url=https://login.example/ticket",
            "url=wss://login.example/play&ticket-url=https://login.example:8443/ticket",
            "url=wss://elsewhere.example/play",
        ] {
            assert!(page(query).is_ok(), "{query}: {:?}", page(query));
        }
    }

    #[test]
    fn a_link_takes_no_ticket_to_another_s_server() {
        for query in [
            "url=wss://evil.example/play&ticket-url=/ticket",
            "url=wss://evil.example&ticket-url=ticket",
            "url=wss://evil.example/play.example&ticket-url=/ticket",
            "url=wss://play.example.evil.example&ticket-url=/ticket",
            "url=wss://play.example@evil.example/play&ticket-url=/ticket",
            "url=wss://play.example:7700@evil.example/play&ticket-url=/ticket",
            "url=wss://evil.example\\@play.example/play&ticket-url=/ticket",
            "url=wss:///evil.example?play.example&ticket-url=/ticket",
            "url=wss://ev\til.example&ticket-url=https://evil.example/ticket",
            "url=//evil.example&ticket-url=/ticket",
            "url=https:evil.example&ticket-url=/ticket",
            "url=wss://evil.example&ticket-url=https://login.example/ticket",
            "url=wss://evil.example&ticket-url=https://evil.example@login.example/ticket",
            "url=wss://evil.example&ticket-url=https://login.example/wss://evil.example/",
            "url=&ticket-url=/ticket",
        ] {
            let error = page(query).expect_err(query);
            assert!(error.contains("url"), "{query}: {error}");
        }
    }

    #[test]
    fn a_command_line_has_no_foreign_flags() {
        assert!(Args::try_parse_from(["auspice-bevy", "--fbclid=IwAR0"]).is_err());
    }
}
