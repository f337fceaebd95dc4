//! *Happy eyeballs* (RFC 8305): of a name's addresses, of both families, the first that answers. A dead one
//! costs a quarter of a second, not the patience of the kernel. And [`eager`]: an address that is tried again and
//! again, since a network that was dead may be back.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use auspice::limits::DIAL_AGAIN_MILLIS;
use futures_util::StreamExt;
use futures_util::future::OptionFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep;

/// Time for which an address is tried alone before the next is tried beside it: RFC 8305, section 5.
const STAGGER: Duration = Duration::from_millis(250);

/// Tries `addresses` one after the other, each beside those before it once these took [`STAGGER`], at once if
/// they failed. What is still under way when one is connected is dropped.
///
/// # Errors
/// The last failure, where all of them failed.
pub(super) async fn first_of<T, F>(addresses: Vec<SocketAddr>, connect: impl Fn(SocketAddr) -> F) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let mut left = by_turns(addresses).into_iter();
    let mut trying = FuturesUnordered::new();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    loop {
        match left.next() {
            Some(address) => trying.push(connect(address)),
            None if trying.is_empty() => return Err(failure),
            None => {}
        }
        tokio::select! {
            Some(connected) = trying.next() => match connected {
                Ok(connected) => return Ok(connected),
                Err(error) => failure = error,
            },
            () = sleep(STAGGER), if left.len() > 0 => {}
        }
    }
}

/// Connects, and each [`DIAL_AGAIN_MILLIS`] anew beside that: the first try stays for a way that is longer, of the
/// others the newest alone. So a machine that answers hardly ever has two of them, and never more.
///
/// # Errors
/// The failure of either: a machine that refuses one refuses both.
pub(super) async fn eager<T, F>(connect: impl Fn() -> F) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let mut first = pin!(connect());
    let mut another = pin!(OptionFuture::from(None));
    loop {
        tokio::select! {
            biased;
            connected = &mut first => return connected,
            Some(connected) = &mut another => return connected,
            () = sleep(Duration::from_millis(DIAL_AGAIN_MILLIS)) => another.set(Some(connect()).into()),
        }
    }
}

/// The two families by turns, beginning with that of the first: the resolver has put the better one there.
fn by_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_first = addresses.first().map(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| Some(address.is_ipv6()) == is_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = Vec::new();
    loop {
        let (one, other) = (first.next(), second.next());
        if one.is_none() && other.is_none() {
            return turns;
        }
        turns.extend(one.into_iter().chain(other));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use tokio::time::Instant;

    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn both(count: u16) -> Vec<SocketAddr> {
        let of = |host: &'static str| (1..=count).map(move |port| address(&format!("{host}:{port}")));
        of("[2001:db8::1]").chain(of("192.0.2.1")).collect()
    }

    /// What addresses do: answer after so many milliseconds, fail after so many, or neither.
    #[derive(Clone, Copy)]
    enum Does {
        Answer(u64),
        Fail(u64),
        Nothing,
    }

    /// What comes of it, after how long, and which addresses were tried and when.
    async fn outcome(does: impl Fn(SocketAddr) -> Does) -> (Result<SocketAddr, String>, u128, Vec<(SocketAddr, u128)>) {
        let start = Instant::now();
        let tried = RefCell::new(Vec::new());
        let connect = |address| {
            tried.borrow_mut().push((address, start.elapsed().as_millis()));
            let does = does(address);
            async move {
                match does {
                    Does::Answer(millis) => sleep(Duration::from_millis(millis)).await,
                    Does::Fail(millis) => {
                        sleep(Duration::from_millis(millis)).await;
                        return Err(io::Error::other(format!("{address} failed")));
                    }
                    Does::Nothing => std::future::pending().await,
                }
                Ok(address)
            }
        };
        let first = first_of(both(2), connect).await.map_err(|error| error.to_string());
        (first, start.elapsed().as_millis(), tried.take())
    }

    #[tokio::test(start_paused = true)]
    async fn the_families_take_turns_a_quarter_of_a_second_apart() {
        let (first, after, tried) = outcome(|_| Does::Answer(900)).await;
        let order = ["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::1]:2", "192.0.2.1:2"].map(address);
        assert_eq!(tried, order.into_iter().zip([0, 250, 500, 750]).collect::<Vec<_>>());
        assert_eq!((first, after), (Ok(order[0]), 900));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_family_costs_a_quarter_of_a_second() {
        let (first, after, _) =
            outcome(|address| if address.is_ipv6() { Does::Nothing } else { Does::Answer(40) }).await;
        assert_eq!((first, after), (Ok(address("192.0.2.1:1")), 290));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_not_waited_out_and_the_last_one_is_told() {
        let (first, after, tried) = outcome(|_| Does::Fail(10)).await;
        assert_eq!((first, after, tried.len()), (Err("192.0.2.1:2 failed".into()), 40, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_is_taken_although_others_fail_meanwhile() {
        let does = |address: SocketAddr| {
            if address.is_ipv6() && address.port() == 1 { Does::Answer(1200) } else { Does::Fail(5) }
        };
        let (first, after, _) = outcome(does).await;
        assert_eq!((first, after), (Ok(address("[2001:db8::1]:1")), 1200));
    }

    /// The number of the try that is answered, and when, where the network is back after so many milliseconds and its
    /// round trip takes so many; and the most tries that were under way at once.
    async fn found(back_after: u64, round_trip: u64) -> (u64, u128, usize) {
        let start = Instant::now();
        let (tries, most) = (RefCell::new(Vec::<std::rc::Weak<()>>::new()), RefCell::new(0));
        let connect = || {
            let (number, under_way) = (tries.borrow().len() as u64, std::rc::Rc::new(()));
            tries.borrow_mut().push(std::rc::Rc::downgrade(&under_way));
            let is_lost = start.elapsed() < Duration::from_millis(back_after);
            async move {
                let _under_way = under_way;
                // A kernel sends the first packet of a connection again after a second.
                sleep(Duration::from_millis(round_trip + if is_lost { 1000 } else { 0 })).await;
                Ok(number)
            }
        };
        let mut dial = pin!(eager(connect));
        let number = loop {
            tokio::select! {
                number = &mut dial => break number.unwrap(),
                () = sleep(Duration::from_millis(10)) => {
                    let count = tries.borrow().iter().filter(|under_way| under_way.strong_count() > 0).count();
                    most.replace_with(|most| count.max(*most));
                }
            }
        };
        (number, start.elapsed().as_millis(), most.take())
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_that_is_back_is_found_within_a_fifth_of_a_second_by_two_tries_at_once_at_most() {
        assert_eq!(found(0, 80).await, (0, 80, 1));
        assert_eq!(found(250, 80).await, (2, 480, 2));
        assert_eq!(found(790, 80).await, (4, 880, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_way_that_is_long_is_waited_for() {
        assert_eq!(found(0, 1500).await, (0, 1500, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_without_an_address_is_told() {
        let none = first_of(vec![], |_| std::future::pending::<io::Result<()>>()).await;
        assert_eq!(none.unwrap_err().to_string(), "the name has no address");
    }
}
