//! Claims against one another: who is believed, when, and what time changes. Times are arguments, so nothing waits.

use super::*;
use crate::base::clock::Millis;
use crate::core::screen::{ProgramPhase, ProgramState, Progress, PromptKind};

const RULES: &str = r#"
[[rules]]
name = "spinner"
status = "running"
source = "title"
pattern = '^[⠋⠙⠹]'
expires_ms = 5000

[[rules]]
name = "idle title"
status = "ready"
source = "title"
pattern = '^◇'

[[rules]]
name = "trust by message"
status = "waiting"
waiting_for = "trust"
source = "report"
pattern = '^trust this folder$'

[[rules]]
name = "in the background"
of = "running"
status = "ready"
source = "report"
pattern = '^1 shell still running$'

[[rules]]
name = "viewer"
status = "unknown"
source = "screen"
pattern = '^TRANSCRIPT$'

[[rules]]
name = "dialog"
status = "waiting"
waiting_for = "approval"
source = "screen"
region = "bottom"
pattern = '^Proceed\?(?s:.*)esc to cancel\s*\z'
prompt = '^(Proceed\?)'
choices = '^(?<key>\d)\. (?<label>.*)$'

[[rules]]
name = "footer"
status = "running"
source = "screen"
region = "bottom"
pattern = 'esc to interrupt\s*\z'

[[rules]]
name = "composer"
status = "ready"
source = "screen"
region = "bottom"
pattern = '^> [^\n]*\s*\z'

[[rules]]
name = "busy bar"
status = "running"
source = "progress"
pattern = '^indeterminate$'
"#;

const DIALOG: &str = "Proceed?\n1. Yes\n2. No\nesc to cancel";
const WORKING: &str = "* Working\nesc to interrupt";
const COMPOSER: &str = "done\n> ";

fn rules() -> Vec<Rule> {
    #[derive(serde::Deserialize)]
    struct File {
        rules: Vec<RuleText>,
    }
    let file: File = toml::from_str(RULES).unwrap();
    let lined: Vec<_> = file.rules.into_iter().enumerate().collect();
    compile(&lined).unwrap()
}

/// A terminal that is told things at times.
struct Play {
    rules: Vec<Rule>,
    signals: Signals,
    screen: String,
    shell: bool,
    may_report: bool,
}

impl Play {
    fn new() -> Play {
        Play { rules: rules(), signals: Signals::default(), screen: String::new(), shell: false, may_report: false }
    }

    fn title(&mut self, at: Millis, title: &str) -> &mut Play {
        self.signals.titled(title, &self.rules, at);
        self
    }

    fn report(&mut self, at: Millis, state: ProgramPhase) -> &mut Play {
        self.signals.reported(&said(state), &self.rules, at);
        self
    }

    fn hook(&mut self, at: Millis, event: &str, status: Status) -> &mut Play {
        let waiting_for = (status == Status::Waiting).then_some(WaitingFor::Approval);
        let heard = Heard { event: event.into(), at, means: Some((status, waiting_for)), ..Heard::default() };
        self.signals.heard(&heard);
        self
    }

    /// The end of a tool.
    fn tool(&mut self, at: Millis) -> &mut Play {
        let means = Some((Status::Running, None));
        self.signals.heard(&Heard { event: "tool".into(), at, means, is_within: true, ..Heard::default() });
        self
    }

    /// The screen as it is from then on; looked at once.
    fn screen(&mut self, at: Millis, text: &str) -> &mut Play {
        text.clone_into(&mut self.screen);
        self.look(at, 0);
        self
    }

    fn look(&mut self, at: Millis, quiet: Millis) -> Option<Millis> {
        self.signals.looked(&self.screen, quiet, &self.rules, at)
    }

    /// The screen as it settled then.
    fn settled(&mut self, at: Millis, text: &str) -> &mut Play {
        self.screen(at, text);
        self.look(at + 150, 150);
        self
    }

    fn weighed(&self, at: Millis) -> Weighed {
        let standing = Standing {
            has_output: true,
            is_shell: self.shell,
            may_report_yet: self.may_report,
            screen: Some(&self.screen),
        };
        self.signals.weigh(standing, &self.rules, at)
    }

    fn at(&self, at: Millis) -> Status {
        self.weighed(at).verdict.status
    }
}

fn said(state: ProgramPhase) -> ProgramState {
    let kind = (state == ProgramPhase::Blocked).then_some(PromptKind::Permission);
    ProgramState { state, kind, app: None, message: None, title: None, id: None }
}

#[test]
fn without_evidence_it_is_unknown_and_silence_is_none() {
    let play = Play::new();
    assert_eq!(play.at(1_000_000), Status::Unknown);
    let nothing = Standing::default();
    assert_eq!(Signals::default().weigh(nothing, &[], 0).verdict.status, Status::Initializing);
}

#[test]
fn a_screen_counts_when_it_has_held_and_only_then() {
    let mut play = Play::new();
    assert_eq!(play.screen(1_000, COMPOSER).at(1_000), Status::Unknown, "seen for the first time");
    assert_eq!(play.look(1_080, 0), Some(1_120));
    assert_eq!(play.at(1_080), Status::Unknown);
    assert_eq!(play.look(1_130, 0), None);
    assert_eq!(play.at(1_130), Status::Ready, "held while output went on");
    // Half a redraw changes nothing, and a dialog that stays does.
    assert_eq!(play.screen(2_000, "> half\nof a").at(2_000), Status::Ready);
    play.screen(2_090, COMPOSER);
    play.look(2_180, 0);
    assert_eq!(play.at(2_180), Status::Ready);
    assert_eq!(play.settled(3_000, DIALOG).at(3_150), Status::Waiting);
    // Nothing that a rule knows, for longer than any redraw.
    play.screen(4_000, "something else");
    play.look(4_300, 0);
    assert_eq!(play.at(4_300), Status::Waiting);
    play.look(4_450, 0);
    assert_eq!(play.at(4_450), Status::Unknown);
    assert_eq!(play.settled(5_000, "TRANSCRIPT\n> ").at(5_200), Status::Unknown, "a rule that holds the place");
}

#[test]
fn flicker_is_not_believed() {
    let mut play = Play::new();
    play.settled(0, COMPOSER);
    for at in (1_000..3_000).step_by(90) {
        let text = if at % 180 == 0 { DIALOG } else { COMPOSER };
        play.screen(at, text);
        assert_eq!(play.at(at), Status::Ready, "{at}");
    }
}

#[test]
fn the_newest_word_of_hook_and_report_counts() {
    let mut play = Play::new();
    play.hook(1_000, "UserPromptSubmit", Status::Running).report(1_020, ProgramPhase::Working);
    assert_eq!(play.at(1_020), Status::Running);
    play.report(5_000, ProgramPhase::Blocked);
    assert_eq!(play.at(5_000), Status::Waiting);
    // Another tool of the same turn ends beside the open dialog.
    assert_eq!(play.tool(5_500).at(5_500), Status::Waiting);
    play.report(6_000, ProgramPhase::Working);
    assert_eq!(play.at(6_000), Status::Running);
    play.hook(9_000, "Stop", Status::Ready).report(9_010, ProgramPhase::Done);
    assert_eq!(play.at(9_010), Status::Ready);
    // No hook tells of an interrupt.
    play.hook(10_000, "UserPromptSubmit", Status::Running).report(10_010, ProgramPhase::Working);
    play.report(12_000, ProgramPhase::Idle);
    assert_eq!(play.at(12_000), Status::Ready);
}

/// Claude Code tells of an end of its turn, and goes on with a message that was queued, or with a task behind it.
#[test]
fn a_hooks_end_of_a_turn_needs_the_programs_own_word_where_there_is_one() {
    let mut play = Play::new();
    play.report(1_000, ProgramPhase::Working).hook(5_000, "Stop", Status::Ready);
    assert_eq!(play.at(5_000), Status::Running);
    assert_eq!(play.report(5_050, ProgramPhase::Done).at(5_050), Status::Ready);
    // Without a report, work that goes on being seen.
    let mut play = Play::new();
    play.settled(1_000, WORKING).hook(5_000, "Stop", Status::Ready);
    assert_eq!((play.at(5_500), play.at(6_000)), (Status::Ready, Status::Running));
    assert_eq!(play.settled(6_100, COMPOSER).at(6_300), Status::Ready);
}

#[test]
fn a_failure_stands_until_the_next_turn() {
    let mut play = Play::new();
    play.hook(1_000, "StopFailure", Status::Error).settled(1_100, COMPOSER);
    assert_eq!(play.at(60_000), Status::Error);
    assert_eq!(play.hook(61_000, "UserPromptSubmit", Status::Running).at(61_000), Status::Running);
}

#[test]
fn a_dialog_told_by_a_hook_is_not_closed_by_a_tools_end() {
    let mut play = Play::new();
    play.hook(1_000, "PermissionRequest", Status::Waiting);
    assert_eq!(play.tool(1_500).at(1_500), Status::Waiting);
    assert!(play.weighed(1_500).others.iter().any(|(claim, _)| claim.why == "hook tool"));
    // A dialog that was seen is gone when something else stands in its place.
    let mut seen = Play::new();
    seen.hook(1_000, "PermissionRequest", Status::Waiting).settled(1_050, DIALOG);
    assert_eq!(seen.settled(3_000, WORKING).at(3_150), Status::Running);
    let mut seen = Play::new();
    seen.hook(1_000, "PermissionRequest", Status::Waiting).settled(1_050, DIALOG).settled(3_000, COMPOSER);
    assert_eq!((seen.at(3_200), seen.at(3_800)), (Status::Waiting, Status::Ready));
    // What is seen to go on does, when nobody has seen the dialog.
    play.settled(2_000, WORKING);
    assert_eq!(play.at(2_200), Status::Waiting);
    let next = play.weighed(2_200).next.unwrap();
    assert_eq!(play.at(next), Status::Running);
}

/// A subagent's end, and that of a turn behind which a message waits, are told in the same words as the last one.
#[test]
fn an_end_told_by_a_hook_is_believed_a_moment_later_where_work_is_still_seen() {
    let mut play = Play::new();
    play.hook(1_000, "UserPromptSubmit", Status::Running).settled(1_100, WORKING).hook(3_000, "Stop", Status::Ready);
    assert_eq!(play.at(3_000), Status::Running);
    let next = play.weighed(3_000).next.unwrap();
    assert!(next <= 3_400, "{next}");
    assert_eq!(play.at(3_399), Status::Running);
    assert_eq!(play.at(3_400), Status::Ready);
    // It goes on: nobody has heard of an end.
    let mut play = Play::new();
    play.hook(1_000, "UserPromptSubmit", Status::Running).settled(1_100, WORKING).hook(3_000, "Stop", Status::Ready);
    assert_eq!(play.hook(3_150, "UserPromptSubmit", Status::Running).at(3_150), Status::Running);
    // Drawn at once: told at once.
    let mut play = Play::new();
    play.hook(1_000, "UserPromptSubmit", Status::Running).settled(1_100, WORKING).hook(3_000, "Stop", Status::Ready);
    assert_eq!(play.settled(3_050, COMPOSER).at(3_200), Status::Ready);
}

/// Nobody tells of an interrupt: the composer does, and what its person types then is no news of the turn before.
#[test]
fn what_was_overruled_does_not_come_back_when_the_screen_flickers() {
    let mut play = Play::new();
    play.hook(1_000, "UserPromptSubmit", Status::Running).settled(1_100, WORKING).settled(3_000, COMPOSER);
    let weighed = play.weighed(3_800);
    assert_eq!(weighed.verdict.status, Status::Ready);
    play.signals.overrule(&weighed);
    assert_eq!(play.screen(9_000, "neither").at(9_000), Status::Ready);
    assert_eq!(play.look(9_900, 0), None);
    assert_eq!(play.at(9_900), Status::Unknown);
    assert!(
        play.weighed(9_900)
            .others
            .iter()
            .any(|(claim, why)| claim.why == "hook UserPromptSubmit" && why.contains("over"))
    );
    assert_eq!(play.hook(10_000, "UserPromptSubmit", Status::Running).at(10_000), Status::Running);
    // What was not overruled stays.
    let weighed = play.weighed(10_000);
    play.signals.overrule(&weighed);
    assert_eq!(play.at(10_100), Status::Running);
}

#[test]
fn hooks_that_come_late_twice_or_from_a_child_change_nothing() {
    let mut play = Play::new();
    play.hook(1_000, "UserPromptSubmit", Status::Running).hook(3_000, "Stop", Status::Ready);
    assert_eq!(play.hook(2_000, "PreToolUse", Status::Running).at(3_100), Status::Ready);
    assert_eq!(play.hook(3_000, "Stop", Status::Ready).at(3_100), Status::Ready);
    let child = |event: &str, ends| Heard {
        event: event.into(),
        at: 4_000,
        means: Some((Status::Running, None)),
        child: Some("a1".into()),
        ends,
        ..Heard::default()
    };
    play.signals.heard(&child("PreToolUse", false));
    assert_eq!(play.at(4_100), Status::Ready);
    assert_eq!(play.signals.children(), ["a1"]);
    play.signals.heard(&child("SubagentStop", true));
    assert!(play.signals.children().is_empty());
    let over = Heard { event: "SessionEnd".into(), at: 5_000, ends: true, ..Heard::default() };
    play.signals.heard(&over);
    assert_eq!(play.at(5_100), Status::Unknown, "what hooks said ends with their session");
}

#[test]
fn a_subagents_report_does_not_speak_for_its_parent() {
    let mut play = Play::new();
    play.report(1_000, ProgramPhase::Idle);
    let child = ProgramState { id: Some("a1".into()), ..said(ProgramPhase::Working) };
    play.signals.reported(&child, &play.rules, 2_000);
    assert_eq!(play.at(2_000), Status::Ready);
    assert_eq!(play.signals.children(), ["a1"]);
    let cleared = ProgramState { id: Some("a1".into()), ..said(ProgramPhase::Clear) };
    play.signals.reported(&cleared, &play.rules, 3_000);
    assert!(play.signals.children().is_empty());
    assert_eq!(play.at(3_000), Status::Ready, "a child's end is not its parent's");
}

#[test]
fn a_report_is_corrected_towards_care_and_never_towards_ready() {
    // A dialog that is seen after "working", and stays.
    let mut play = Play::new();
    play.report(1_000, ProgramPhase::Working).settled(2_000, DIALOG);
    assert_eq!(play.at(2_500), Status::Running);
    assert_eq!(play.weighed(2_500).next, Some(3_000));
    let weighed = play.weighed(3_000);
    assert_eq!((weighed.verdict.status, weighed.verdict.waiting_for), (Status::Waiting, Some(WaitingFor::Approval)));
    assert_eq!(weighed.verdict.prompt.as_deref(), Some("Proceed?"));
    assert_eq!(weighed.verdict.choices.len(), 2);
    assert!(weighed.others.iter().any(|(claim, _)| claim.origin == Origin::Report), "the contradiction is kept");
    // A composer that is seen after "working" says nothing.
    let mut play = Play::new();
    play.report(1_000, ProgramPhase::Working).settled(2_000, COMPOSER);
    assert_eq!(play.at(60_000), Status::Running);
    // Work that is seen after "idle" does; what was there before that word does not.
    let mut play = Play::new();
    play.report(1_000, ProgramPhase::Idle).settled(2_000, WORKING);
    assert_eq!(play.at(4_000), Status::Running);
    let mut play = Play::new();
    play.settled(1_000, WORKING).report(2_000, ProgramPhase::Done);
    assert_eq!(play.at(9_000), Status::Ready);
}

#[test]
fn until_the_first_report_a_look_cannot_say_that_it_is_ready() {
    let mut play = Play::new();
    play.signals.will_report(900);
    play.settled(1_000, COMPOSER);
    assert_eq!((play.at(5_000), play.weighed(5_000).next), (Status::Unknown, Some(5_900)));
    assert_eq!(play.at(5_900), Status::Ready, "it was announced and does not come");
    play.signals.will_report(9_000);
    assert_eq!(play.settled(10_000, WORKING).at(11_000), Status::Running);
    assert_eq!(play.report(12_000, ProgramPhase::Idle).at(12_000), Status::Ready);
    let mut play = Play::new();
    play.may_report = true;
    assert_eq!(play.settled(1_000, COMPOSER).at(2_000), Status::Unknown);
    play.may_report = false;
    assert_eq!(play.at(2_000), Status::Ready);
}

#[test]
fn a_spinner_that_stops_turning_runs_out() {
    let mut play = Play::new();
    play.title(1_000, "⠋ x").title(1_100, "⠙ x").title(1_200, "⠹ x");
    let weighed = play.weighed(1_300);
    assert_eq!((weighed.verdict.status, weighed.next), (Status::Running, Some(6_200)));
    let weighed = play.weighed(6_200);
    assert_eq!(weighed.verdict.status, Status::Unknown);
    assert!(weighed.others[0].1.contains("run out"));
    // After an end that a hook tells of it has a moment to stop.
    let mut play = Play::new();
    play.title(1_000, "⠋ x").hook(2_000, "Stop", Status::Ready).title(2_050, "⠙ x");
    assert_eq!((play.at(2_900), play.at(3_000)), (Status::Ready, Status::Running));
}

#[test]
fn a_title_after_a_hook_counts_when_it_holds() {
    let mut play = Play::new();
    play.hook(1_000, "BeforeAgent", Status::Running).title(5_000, "◇  Ready");
    assert_eq!((play.at(5_100), play.weighed(5_100).next), (Status::Running, Some(5_300)));
    assert_eq!(play.at(5_300), Status::Ready);
    // And a dialog that is seen under it counts more.
    assert_eq!(play.settled(6_000, DIALOG).at(7_200), Status::Waiting);
}

#[test]
fn words_are_refined_by_rules_and_by_the_screen() {
    let mut play = Play::new();
    let trust = ProgramState { message: Some("trust this folder".into()), ..said(ProgramPhase::Blocked) };
    play.signals.reported(&trust, &play.rules, 1_000);
    assert_eq!(play.weighed(1_000).verdict.waiting_for, Some(WaitingFor::Trust));
    let mut play = Play::new();
    let vague = ProgramState { kind: None, ..said(ProgramPhase::Blocked) };
    play.settled(500, DIALOG);
    play.signals.reported(&vague, &play.rules, 1_000);
    assert_eq!(play.weighed(1_000).verdict.waiting_for, Some(WaitingFor::Approval));
}

#[test]
fn a_report_may_mean_another_status_than_it_says() {
    let mut play = Play::new();
    play.report(1_000, ProgramPhase::Working);
    assert_eq!(play.at(1_000), Status::Running);
    let message = Some("1 shell still running".into());
    play.signals.reported(&ProgramState { message, ..said(ProgramPhase::Working) }, &play.rules, 2_000);
    assert_eq!(play.at(2_000), Status::Ready);
}

#[test]
fn processes_say_more_than_what_was_printed() {
    let mut play = Play::new();
    play.title(1_000, "⠋ x").report(1_000, ProgramPhase::Working);
    play.signals.has_front(Front::Shell);
    assert_eq!(play.at(1_100), Status::Unknown, "the agent has ended, its spinner stands");
    play.signals.has_front(Front::Stopped);
    assert_eq!(play.at(1_100), Status::Unknown);
    play.signals.has_front(Front::Unknown);
    assert_eq!(play.at(1_100), Status::Running);
    let mut play = Play { shell: true, ..Play::new() };
    play.signals.has_front(Front::Program);
    assert_eq!(play.at(0), Status::Running);
    play.signals.has_front(Front::Shell);
    assert_eq!(play.at(0), Status::Ready);
}

#[test]
fn progress_counts_as_a_title_does() {
    let mut play = Play::new();
    play.signals.progressed(Progress::Indeterminate, &play.rules, 1_000);
    assert_eq!(play.at(1_000), Status::Running);
    play.signals.progressed(Progress::None, &play.rules, 2_000);
    assert_eq!(play.at(2_000), Status::Unknown);
}

#[test]
fn other_rules_read_what_is_known_anew() {
    let mut play = Play::new();
    play.title(1_000, "◇  Ready");
    assert_eq!(play.at(1_000), Status::Ready);
    play.signals.reread(&[], 2_000);
    assert_eq!(play.at(2_000), Status::Unknown);
    play.signals.reread(&play.rules, 3_000);
    assert_eq!(play.at(3_000), Status::Ready);
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Title(u8),
        Report(u8),
        Hook(u8),
        Tool,
        Screen(u8),
    }

    fn step() -> impl Strategy<Value = (u64, Step)> {
        let kind = prop_oneof![
            (0..3u8).prop_map(Step::Title),
            (0..5u8).prop_map(Step::Report),
            (0..3u8).prop_map(Step::Hook),
            Just(Step::Tool),
            (0..4u8).prop_map(Step::Screen),
        ];
        (1..3_000u64, kind)
    }

    fn play(steps: &[(u64, Step)]) -> (Play, Millis) {
        let mut play = Play::new();
        let mut now = 10_000;
        for (pause, step) in steps {
            now += pause;
            match step {
                Step::Title(n) => drop(play.title(now, ["⠋ x", "◇ Ready", "x"][usize::from(*n)])),
                Step::Report(n) => {
                    let phases = [
                        ProgramPhase::Idle,
                        ProgramPhase::Working,
                        ProgramPhase::Blocked,
                        ProgramPhase::Error,
                        ProgramPhase::Clear,
                    ];
                    play.report(now, phases[usize::from(*n)]);
                }
                Step::Hook(n) => {
                    let status = [Status::Ready, Status::Running, Status::Waiting][usize::from(*n)];
                    play.hook(now, "event", status);
                }
                Step::Tool => drop(play.tool(now)),
                Step::Screen(n) => {
                    play.settled(now, [DIALOG, WORKING, COMPOSER, "else"][usize::from(*n)]);
                    now += 150;
                }
            }
        }
        (play, now)
    }

    proptest! {
        /// A dialog that is on the screen, came after everything else, and holds, is never called ready or running.
        #[test]
        fn never_ready_over_an_open_dialog(steps in prop::collection::vec(step(), 0..20)) {
            let (mut play, now) = play(&steps);
            play.settled(now + 500, COMPOSER);
            play.settled(now + 1_000, DIALOG);
            prop_assert_eq!(play.at(now + 4_000), Status::Waiting);
        }

        /// Nothing that has run out or was put aside is lost, and time alone changes a verdict only when it says so.
        #[test]
        fn the_next_look_is_announced(steps in prop::collection::vec(step(), 0..20), later in 1..20_000u64) {
            let (play, now) = play(&steps);
            let weighed = play.weighed(now);
            let until = weighed.next.unwrap_or(Millis::MAX);
            if now + later < until {
                prop_assert_eq!(play.weighed(now + later).verdict, weighed.verdict);
            }
        }

        /// A late hook changes nothing.
        #[test]
        fn late_hooks_change_nothing(steps in prop::collection::vec(step(), 0..20), ago in 1..5_000u64) {
            let (mut play, now) = play(&steps);
            play.hook(now + 1, "last", Status::Running);
            let before = play.at(now + 10);
            play.hook((now + 1).saturating_sub(ago), "late", Status::Ready);
            prop_assert_eq!(play.at(now + 10), before);
        }
    }
}
