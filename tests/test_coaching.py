"""The cue for the moment: what would help this caller next, and only into a silence."""

from conversing import talk

from callsim.catalogue import script_files
from callsim.coaching import HESITATES_MS, cue
from callsim.events import Pressed
from callsim.script import read_script

PARCEL = read_script(script_files()["parcel"])
HELLO = "good morning bluebird toys this is priya speaking how can i help"
SORRY = "oh no i'm so sorry to hear that that must be really upsetting"


def in_a_silence(call):
    """The cue once the trainee has hesitated long enough for one."""
    return cue(call.silence(HESITATES_MS + 40).state)


def press(call, key):
    """Use a key of the phone."""
    call._take(Pressed(call.now_ms, call.now_ms, key))


def test_nobody_needs_a_cue_at_once():
    """Not before the trainee hesitates."""
    call = talk(PARCEL).silence(HESITATES_MS - 40)
    assert cue(call.state) is None
    assert in_a_silence(call) == "Say who you are, and offer your help."


def test_no_cue_while_anybody_speaks():
    """Neither into the trainee's own words nor over the caller."""
    call = talk(PARCEL).trainee(HELLO)
    assert cue(call.state) is None
    assert cue(call.into_line(1_500).state) is None


def test_first_the_feeling_then_the_story_then_the_deed():
    """Each cue goes once its advice has been taken, in the order that calms a caller."""
    call = talk(PARCEL).trainee(HELLO).listens()
    assert in_a_silence(call) == "Say what this must feel like for Dana."
    call.trainee(SORRY).listens()
    assert in_a_silence(call) == "Let Dana tell the whole story: ask to hear more."
    for question in ("please tell me more about it", "when do you need it", "and what happened then"):
        if call.state.mind.story != "told":
            call.trainee(question).listens()
    assert in_a_silence(call) == "Take it into your own hands: I will …"
    call.trainee("let me sort this out for you i will take care of it myself").listens()
    assert in_a_silence(call).startswith("Still open: ")


def test_the_needs_one_after_another_then_the_closing():
    """What is still open is named in the script's words; once nothing is, the call should be closed."""
    call = talk(PARCEL).trainee(HELLO).listens()
    for said in (SORRY, "please tell me more about it", "and what happened then", "i will take care of this myself"):
        call.trainee(said).listens()
    assert in_a_silence(call) == (
        "Still open: another scooter on its way, or her money back. Say what you can do, and by when."
    )
    call.trainee("what i can do is send you another scooter by courier").listens()
    assert in_a_silence(call) == "Still open: a day before the birthday on Saturday. Say what you can do, and by when."
    call.trainee("you will have it tomorrow before noon").listens()
    assert in_a_silence(call) == "Ask whether that helps, and close warmly."


def test_after_a_cut_in_let_the_caller_finish():
    """Nothing else matters then. (Who cuts in by talking is told off by the caller; here the hold key cut it off.)"""
    call = talk(PARCEL).trainee(HELLO).into_line(2_000)
    press(call, "hold")
    call.silence(500)
    assert call.cut_lines()
    press(call, "unhold")
    assert in_a_silence(call) == "You cut in. Let Dana finish."


def test_no_cue_in_a_hold():
    """Neither while the phone is on hold nor after an explained one: the trainee is at work."""
    call = talk(PARCEL).trainee(HELLO).listens()
    press(call, "hold")
    assert in_a_silence(call) is None
    press(call, "unhold")
    assert in_a_silence(call) is not None
    call.trainee("please bear with me for a moment while i check that").listens()
    assert in_a_silence(call) is None
