//! Nothing is counted twice and nothing is lost: tables for each way in which a CLI writes its numbers, and laws.

use super::*;
use crate::base::clock::{Millis, date};
use crate::base::id::TerminalId;
use proptest::prelude::*;

/// 2026-11-20, 16:42 UTC.
const NOON: Millis = 1_795_192_920_000;
const DAY: Millis = 24 * 60 * 60 * 1000;

fn day_of(at: Millis) -> Day {
    date(at, 60)
}

fn tokens(input: u64, output: u64) -> Tokens {
    Tokens { input, output, ..Tokens::default() }
}

fn reading(counts: Counts, at: Option<Millis>, id: &str, input: u64, output: u64) -> Reading {
    Reading {
        counts,
        id: (!id.is_empty()).then(|| id.to_owned()),
        at,
        tokens: Some(tokens(input, output)),
        cost: None,
        model: None,
        context: Some(input),
        window: None,
    }
}

fn each(at: Millis, id: &str, input: u64, output: u64) -> Reading {
    reading(Counts::Each, Some(at), id, input, output)
}

fn total(at: Millis, input: u64, output: u64) -> Reading {
    reading(Counts::Total, Some(at), "", input, output)
}

fn cost(counts: Counts, cost: u64) -> Reading {
    Reading { tokens: None, cost: Some(cost), context: None, ..reading(counts, None, "", 0, 0) }
}

fn mark() -> Mark {
    Mark::new("/f".into(), "c".into(), true, None, NOON)
}

fn taken(mark: &mut Mark, readings: &[Reading]) -> Spent {
    readings.iter().filter_map(|r| mark.take(r.clone(), &day_of)).fold(Spent::default(), |sum, (_, s)| sum.plus(s))
}

#[test]
fn blocks_of_a_message_are_counted_once_with_their_largest_numbers() {
    let blocks = [each(NOON, "a", 100, 1), each(NOON, "a", 100, 20), each(NOON, "b", 5, 5), each(NOON, "a", 100, 20)];
    assert_eq!(taken(&mut mark(), &blocks).tokens, tokens(105, 25));
    // Without an id each record is a message.
    let alone = [each(NOON, "", 1, 1), each(NOON, "", 1, 1)];
    assert_eq!(taken(&mut mark(), &alone).tokens, tokens(2, 2));
}

#[test]
fn totals_count_what_they_grew_by_and_begin_anew() {
    let mut mark = mark();
    assert_eq!(taken(&mut mark, &[total(NOON, 10, 1), total(NOON, 10, 1), total(NOON, 30, 4)]).tokens, tokens(30, 4));
    assert_eq!(taken(&mut mark, &[total(NOON + 1, 7, 1)]).tokens, tokens(7, 1));
    let sums = [cost(Counts::Total, 50), cost(Counts::Total, 50), cost(Counts::Total, 80)];
    assert_eq!(taken(&mut mark, &sums).cost, Some(80));
    assert_eq!(taken(&mut mark, &[cost(Counts::Total, 3)]).cost, Some(3));
    // What a file holds may get less, and is no new beginning then.
    let mut held = self::mark();
    let shrinks = [100, 40, 60].map(|n| reading(Counts::Held, Some(NOON), "", n, 0));
    assert_eq!(taken(&mut held, &shrinks).tokens, tokens(120, 0));
}

#[test]
fn what_is_read_again_is_not_counted_again() {
    let all = [each(NOON, "a", 1, 0), each(NOON + 5, "b", 2, 0), cost(Counts::Total, 9), total(NOON + 5, 100, 0)];
    let mut mark = mark();
    let once = taken(&mut mark, &all);
    mark.read_again();
    assert_eq!(mark.offset, 0);
    assert!(taken(&mut mark, &all).is_nothing());
    // What comes behind is.
    let more = [each(NOON + 6, "c", 4, 0), cost(Counts::Total, 10), total(NOON + 7, 120, 0)];
    assert_eq!(taken(&mut mark, &more), Spent { tokens: tokens(24, 0), cost: Some(1) });
    assert_eq!(once, Spent { tokens: tokens(103, 0), cost: Some(9) });
}

#[test]
fn what_was_used_before_the_terminal_or_copied_into_a_conversation_is_not_its_own() {
    // Taken up in a terminal that is younger.
    let mut mark = Mark::new("/f".into(), "c".into(), true, Some(NOON - DAY), NOON);
    let old = [each(NOON - 9, "a", 1000, 0), cost(Counts::Total, 500)];
    assert!(taken(&mut mark, &old).is_nothing());
    assert_eq!((mark.context, mark.newest()), (Some(1000), NOON - 9), "how full it is, it is all the same");
    assert_eq!(taken(&mut mark, &[each(NOON + 1, "b", 10, 0), cost(Counts::Total, 520)]).cost, Some(20));

    // A conversation that another one was copied into has been made just now.
    let heir = |before: Option<&Mark>| {
        let mut heir = Mark::new("/g".into(), "d".into(), true, Some(NOON + 90_000), NOON);
        before.into_iter().for_each(|before| heir.follow(before));
        heir
    };
    let mut parent = self::mark();
    let own = [each(NOON + 1, "a", 10, 0), cost(Counts::Total, 250)];
    assert_eq!(taken(&mut parent, &own), Spent { tokens: tokens(10, 0), cost: Some(250) });
    let copied = [each(NOON + 1, "a", 10, 0), each(NOON + 91_000, "n", 3, 0), cost(Counts::Total, 280)];
    assert_eq!(taken(&mut heir(Some(&parent)), &copied), Spent { tokens: tokens(3, 0), cost: Some(30) });
    // From which one it was copied is not known: what is more than that cannot be told.
    let mut another = self::mark();
    taken(&mut another, &[each(NOON + 1, "z", 10, 0), cost(Counts::Total, 100)]);
    for before in [None, Some(&another)] {
        let mut heir = heir(before);
        assert_eq!(taken(&mut heir, &copied), Spent { tokens: tokens(3, 0), cost: None });
        assert_eq!(taken(&mut heir, &[cost(Counts::Total, 290)]).cost, Some(10));
    }
    // A moment after: the times cannot tell, the message can.
    let mut quick = Mark::new("/h".into(), "e".into(), true, Some(NOON + 2), NOON);
    quick.follow(&parent);
    assert_eq!(taken(&mut quick, &copied[..2]).tokens, tokens(3, 0));
}

#[test]
fn days_are_those_of_the_place() {
    let mut mark = mark();
    let days: Vec<Day> = [NOON, NOON + DAY / 4, NOON + DAY / 3]
        .iter()
        .filter_map(|at| Some(mark.take(each(*at, &at.to_string(), 1, 0), &day_of)?.0))
        .collect();
    // An hour ahead of UTC: 17:42, 23:42, 01:42.
    assert_eq!(days, ["2026-11-20", "2026-11-20", "2026-11-21"]);
}

#[test]
fn what_fills_a_subagent_does_not_fill_its_agent() {
    let mut mark = Mark::new("/f".into(), "c".into(), false, None, NOON);
    assert_eq!(taken(&mut mark, &[each(NOON, "a", 7, 1)]).tokens, tokens(7, 1));
    assert_eq!(mark.context, None);
}

fn of(id: u32) -> Of<'static> {
    Of { terminal: TerminalId(id), session: "s", window: "w", provider: "p" }
}

fn used(mark: &Mark, readings: &[Reading]) -> Used {
    let mut mark = mark.clone();
    let mut days = Days::new();
    for reading in readings {
        if let Some((day, spent)) = mark.take(reading.clone(), &day_of) {
            let sum = days.entry(day).or_default();
            *sum = sum.plus(spent);
        }
    }
    mark.looks += 1;
    Used { mark, days }
}

#[test]
fn a_ledger_takes_each_look_once_and_keeps_those_that_are_gone() {
    let mut ledger = Ledger::default();
    let first = used(&mark(), &[each(NOON, "a", 10, 1), each(NOON + DAY, "b", 20, 2)]);
    assert_eq!(ledger.add(&of(1), first.clone()).map(|rows| rows.len()), Some(2));
    assert_eq!(ledger.add(&of(1), first), None, "two have read the same");
    let known = ledger.mark("/f").unwrap().clone();
    // The same conversation goes on in another terminal.
    let second = used(&known, &[each(NOON + DAY, "c", 40, 4)]);
    assert_eq!(ledger.add(&of(2), second).unwrap()[0].spent.tokens, tokens(40, 4));
    assert_eq!(ledger.of_terminal(TerminalId(1)).unwrap().0.tokens, tokens(30, 3));
    assert_eq!(ledger.of_terminal(TerminalId(2)).unwrap().0.tokens, tokens(40, 4));
    assert_eq!(ledger.of_terminal(TerminalId(3)), None);
    assert_eq!(ledger.context_of("c").0, Some(Context { tokens: 40, window: None }));
    // As a database gives it back.
    let again = Ledger::of(ledger.rows().cloned(), ledger.marks_of("c").cloned());
    assert_eq!(again, ledger);
    let stored = serde_json::to_string(ledger.mark("/f").unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<Mark>(&stored).unwrap(), *ledger.mark("/f").unwrap());
}

/// Messages in the order of their times, each of some blocks whose numbers only grow.
fn messages() -> impl Strategy<Value = Vec<Vec<(u64, u64)>>> {
    prop::collection::vec(prop::collection::vec((0u64..1000, 0u64..1000), 1..4), 1..40)
}

proptest! {
    /// However the file is cut into looks, and whenever a server dies between reading and storing, the sum is that of
    /// the messages.
    #[test]
    fn looks_and_deaths_change_no_sum(messages in messages(), cuts in prop::collection::vec((1usize..6, any::<bool>()), 1..60)) {
        let mut readings = Vec::new();
        let mut sum = Tokens::default();
        for (n, blocks) in messages.iter().enumerate() {
            let mut most = Tokens::default();
            for (input, output) in blocks {
                most = most.most(tokens(*input, *output));
                readings.push(each(NOON + n as u64 * DAY / 3, &n.to_string(), most.input, most.output));
            }
            sum = sum.plus(most);
        }
        let (mut ledger, mut at) = (Ledger::default(), 0);
        for (length, dies) in cuts.into_iter().chain(std::iter::repeat((7, false))) {
            if at == readings.len() {
                break;
            }
            let end = (at + length).min(readings.len());
            let known = ledger.mark("/f").cloned().unwrap_or_else(mark);
            let look = used(&known, &readings[at..end]);
            if dies {
                // What was read and not stored is gone with the server, the mark with it.
                continue;
            }
            prop_assert!(ledger.add(&of(1), look).is_some());
            at = end;
        }
        prop_assert_eq!(ledger.of_terminal(TerminalId(1)).map_or(Tokens::default(), |(s, _)| s.tokens), sum);
        let by_day: u64 = ledger.rows().map(|row| row.spent.tokens.total()).sum();
        prop_assert_eq!(by_day, sum.total());
    }

    /// Read again from its begin after any number of looks, a file adds nothing.
    #[test]
    fn reading_again_adds_nothing(totals in prop::collection::vec((0u64..50, 0u64..50), 1..30)) {
        let mut sum = Tokens::default();
        let readings: Vec<Reading> = totals.iter().enumerate().map(|(n, (input, output))| {
            sum = sum.plus(tokens(*input, *output));
            total(NOON + n as u64, sum.input, sum.output)
        }).collect();
        let mut mark = mark();
        prop_assert_eq!(taken(&mut mark, &readings).tokens, sum);
        mark.read_again();
        prop_assert_eq!(taken(&mut mark, &readings).tokens, Tokens::default());
        let more = [total(NOON + 1000, sum.input + 1, sum.output)];
        prop_assert_eq!(taken(&mut mark, &more).tokens, tokens(1, 0));
    }
}
