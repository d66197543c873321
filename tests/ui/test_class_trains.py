"""The class trains: the teacher's section and a student's part, without a browser."""

import re
from dataclasses import replace

import pytest
from visit import checked, opened, press, teacher

from denoiser.classroom.trainings import MAX_EPOCHS, ClassTrainings, DeviceCurve
from denoiser.config import RECIPES, TrainConfig
from denoiser.ui.components.class_curves import share_colors
from denoiser.ui.pages.classroom import student
from denoiser.ui.pages.classroom.choices import BASES, DEVICE, EXAMPLES, NOISE, TUTORIAL, shared_out
from denoiser.ui.pages.classroom.shares import labels, of_student

CLASS, LESSONS, TRAIN = "pages/5_Class.py", "pages/4_Lessons.py", "pages/1_Train.py"
ID = "abcdefghijkl"
TABLE = re.compile(r"<tr>.*?</tr>")


@pytest.fixture
def class_trainings(classroom):
    return ClassTrainings(classroom._path)


@pytest.fixture
def code(classroom):
    return classroom.open_class()


def said(app):
    return "\n".join(
        [text.value for text in app.markdown] + [html_of(part) for part in app.get("html")]
    )


def html_of(part):
    return part.proto.body


def rows(app):
    """Return the rows of the table of results, each as the texts of its cells."""
    table = next(body for body in map(html_of, app.get("html")) if "class-results" in body)
    cells = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row) for row in TABLE.findall(table)]
    return [[re.sub("<.*?>", "", cell) for cell in row] for row in cells[1:]]


def test_one_click_shares_out_the_example(classroom, class_trainings):
    app, code = teacher()
    assert "Here you see their curves arrive" in said(app)
    assert class_trainings.find(code) is None
    press(app, "class_start")
    training = class_trainings.find(code)
    assert [config.latent_dim for config in training.settings] == [4, 16, 64]
    assert training.is_running
    assert rows(app) == [[f"latent {n}", "0", "0", "–", "–"] for n in (4, 16, 64)]
    assert "No device yet" in said(app)


def test_all_stop_go_on_begin_anew_and_are_forgotten(classroom, class_trainings):
    app, code = teacher()
    press(app, "class_start")
    press(app, "class_stop")
    assert not class_trainings.find(code).is_running
    press(app, "class_go_on")
    assert class_trainings.find(code).is_running
    press(app, "class_start")
    assert class_trainings.find(code).number == 2
    press(app, "class_clear_training")
    assert class_trainings.find(code) is None
    assert "class_stop" not in [button.key for button in app.button]


def test_what_students_have_reached_is_a_table(classroom, class_trainings):
    app, code = teacher()
    press(app, "class_start")
    for key, losses, status in (
        ("a", [0.09, 0.05], "ended"), ("b", [0.04], "running"), ("c", [], "failed"),
        ("d", [0.07, 0.03], "ended"),
    ):  # fmt: skip
        class_trainings.join(code, 1, key)
        pairs = [[i + 1, loss] for i, loss in enumerate(losses)]
        assert class_trainings.report(code, 1, key, [[0.5, 0.1]], pairs, status)
    checked(app.run())
    assert rows(app) == [
        ["latent 4", "2", "2", "0.0300", "0.0400"],
        ["latent 16", "1", "0", "0.0400", "0.0400"],
        ["latent 64", "1", "1", "–", "–"],
    ]
    assert "**3 of 4** have ended" in said(app)
    assert "1 went astray or failed" in said(app)


def test_while_nothing_is_new_the_same_is_sent(classroom, class_trainings):
    app, code = teacher()
    press(app, "class_start")
    class_trainings.join(code, 1, "a")
    class_trainings.report(code, 1, "a", [[0.5, 0.1], [1, 0.05]], [[1, 0.06]], "running")
    sent = [chart_of(checked(app.run())) for _ in range(2)]
    assert sent[0] == sent[1]
    assert '"best":0' in sent[0].replace(" ", "")
    class_trainings.report(code, 1, "a", [[2, 0.04]], [], "running")
    assert chart_of(checked(app.run())) != sent[0]


def chart_of(app):
    return next(
        part.proto.json for part in app.get("bidi_component")
        if part.proto.component_name.endswith("class_curves")
    )  # fmt: skip


REFUSED = [
    ("latent_dim", "4, 0", "1 to 1,024 is possible."),
    ("latent_dim", "4, sixteen", "1 to 1,024 is possible."),
    ("latent_dim", "4.5", "1 to 1,024 is possible."),
    ("latent_dim", "1024", "parameters are too many here"),
    ("latent_dim", "", "1 to 12 values are possible."),
    ("latent_dim", ", ;", "1 to 12 values are possible."),
    ("latent_dim", " ".join(map(str, range(1, 14))), "1 to 12 values are possible."),
    ("latent_dim", "9" * 5000, "1 to 1,024 is possible."),
    ("learning_rate", "0.001, nan", "is possible."),
    ("learning_rate", "inf", "is possible."),
    ("learning_rate", "2", "0.0000001 to 1 is possible."),
    ("limit", "10, 100", "32 to 4,500 is possible."),
    ("limit", "100, 5000", "32 to 4,500 is possible."),
    ("epochs", "1, 101", f"1 to {MAX_EPOCHS} is possible."),
    ("batch_size", "0", "1 to 4,096 is possible."),
    (NOISE, "0.5, 1.5", "0 to 1 is possible."),
    (NOISE, "<script>", "0 to 1 is possible."),
]


@pytest.mark.parametrize(("name", "text", "problem"), REFUSED)
def test_values_that_cannot_be_are_refused_beside_the_field(
    classroom, class_trainings, name, text, problem
):
    app, code = teacher()
    checked(app.selectbox(key="class_differs").select(name).run())
    assert not app.button(key="class_start").disabled
    checked(app.text_input(key="class_values").set_value(text).run())
    assert problem in said(app)
    assert app.button(key="class_start").disabled
    assert class_trainings.find(code) is None


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_possible_and_tells_its_shares_apart(name):
    for base in BASES.values():
        shares, problem = shared_out(base, name, EXAMPLES[name])
        assert problem == ""
        assert len(set(labels(shares))) == len(shares) == EXAMPLES[name].count(",") + 1


def test_values_may_stand_as_people_write_them_and_count_once():
    for text in ("4, 16,64", "4 16 64", "4;16；64,4", "4，16、64", "\t4\n16 64 "):
        shares, problem = shared_out(BASES[TUTORIAL], "latent_dim", text)
        assert problem == ""
        assert [config.latent_dim for config in shares] == [4, 16, 64]
    shares, _problem = shared_out(BASES[TUTORIAL], "learning_rate", "0.1 0.10")
    assert len(shares) == 1


def test_only_what_a_network_heeds_can_differ_and_nothing_may(classroom, class_trainings):
    app, code = teacher()
    assert "Latent size" in app.selectbox(key="class_differs").options
    checked(app.selectbox(key="class_base").select(DEVICE).run())
    assert "Latent size" not in app.selectbox(key="class_differs").options
    checked(app.selectbox(key="class_differs").select("").run())
    assert "same settings" in "\n".join(caption.value for caption in app.caption)
    press(app, "class_start")
    assert class_trainings.find(code).settings == (RECIPES["device"],)


def test_a_class_trains_as_set_on_the_train_page(classroom, class_trainings):
    app, code = teacher()
    assert "As set on the Train page" not in app.selectbox(key="class_base").options
    app.switch_page(TRAIN)
    checked(app.run())
    checked(app.number_input(key="train_epochs").set_value(3).run())
    back_to_class(app, code)
    checked(app.selectbox(key="class_base").select("form").run())
    checked(app.selectbox(key="class_differs").select("batch_size").run())
    checked(app.text_input(key="class_values").set_value("4, 8").run())
    press(app, "class_start")
    expected = replace(RECIPES["device"], epochs=3)
    assert class_trainings.find(code).settings == tuple(
        replace(expected, batch_size=size) for size in (4, 8)
    )


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("data", "mnist", "For bundled digits only"),
        ("epochs", MAX_EPOCHS + 1, "at most 100 epochs"),
        ("epochs", 0, "red line"),
        ("filters", "512, 512, 512, 512", "red line"),
    ],
)
def test_a_form_that_no_device_can_train_is_refused(classroom, field, value, problem):
    app, code = teacher()
    app.switch_page(TRAIN)
    checked(app.run())
    if field == "filters":
        checked(app.selectbox(key="train_network").select("tutorial").run())
    for name in ("filters", "data", "epochs"):
        if name == field:
            kind = {"data": app.selectbox, "filters": app.text_input}.get(name, app.number_input)
            checked(kind(key=f"train_{name}").set_value(value).run())
    back_to_class(app, code)
    checked(app.selectbox(key="class_base").select("form").run())
    assert problem in said(app)
    assert app.button(key="class_start").disabled


def back_to_class(app, code):
    app.switch_page(CLASS)
    app.query_params["class"] = code
    checked(app.run())


def test_shares_have_colours_of_their_own():
    for count in range(1, 13):
        colors = share_colors(count)
        assert len(set(colors)) == count
        assert all(re.fullmatch("#[0-9a-fA-F]{6}", color) for color in colors)


def test_students_of_one_share_differ_in_their_seed_alone():
    base = TrainConfig(data="bundled", seed=2**32 - 1)
    keys = [f"{n:032x}" for n in range(0, 2**120, 2**114)]
    configs = [of_student(base, key) for key in keys]
    assert len({config.seed for config in configs}) > 0.9 * min(len(keys), 100)
    assert {replace(config, seed=base.seed) == base for config in configs} == {True}
    assert of_student(base, keys[3]) == configs[3]


# A student's part


class Browser:
    """Stands for the component: keeps what it was given, and tells what it is to tell."""

    def __init__(self):
        self.given, self.tells, self.reports = [], [], []

    def __call__(self, share, *, begun, reported, **others):
        self.given.append((share, others))
        for sent in self.tells:
            begun(sent)
        for sent in self.reports:
            reported(sent)
        self.tells, self.reports = [], []

    @property
    def share(self):
        return self.given[-1][0]

    def last(self, name):
        return self.given[-1][1][name]


@pytest.fixture
def browser(monkeypatch):
    standing_in = Browser()
    monkeypatch.setattr(student, "class_news", standing_in)
    return standing_in


LATENTS = tuple(replace(BASES[TUTORIAL], latent_dim=latent) for latent in (4, 64))


def supplies(app):
    names = [part.proto.component_name for part in app.get("bidi_component")]
    return sum(name.endswith("device_supplies") for name in names)


def links(app):
    return [link.proto.label for link in app.get("page_link")]


@pytest.mark.parametrize("page", [LESSONS, TRAIN, "pages/3_Handwriting.py"])
def test_a_student_gets_a_share_on_every_page(class_trainings, code, browser, page):
    app = opened(page, **{"class": code})
    assert browser.given == []
    number = class_trainings.start(code, LATENTS)
    checked(app.run())
    assert browser.share.label == "latent 4"
    assert browser.share.task["config"]["latent_dim"] == 4
    assert browser.share.name.startswith("Tutorial")
    assert "latent 4" in browser.share.about
    assert (browser.last("number"), browser.last("is_running")) == (number, True)
    assert supplies(app) == 1 + (page == TRAIN)
    assert class_trainings.curves(code) == [DeviceCurve(0)]
    class_trainings.stop(code)
    checked(app.run())
    assert not browser.last("is_running")


def test_once_it_has_begun_the_browser_is_sent_little_and_can_be_watched(
    class_trainings, code, browser
):
    number = class_trainings.start(code, LATENTS)
    app = opened(LESSONS, **{"class": code})
    assert "Watch" not in links(app)
    browser.tells = [{"number": number, "id": ID, "hasSupplies": True}]
    checked(app.run())
    checked(app.run())
    assert browser.share.task is None
    assert browser.last("id") == ID
    assert supplies(app) == 0
    assert "Watch" in links(app)


def test_where_the_train_page_is_hidden_there_is_no_link_to_it(
    classroom, class_trainings, code, browser
):
    number = class_trainings.start(code, LATENTS)
    classroom.hide(code, ["train"])
    app = opened(LESSONS, **{"class": code})
    browser.tells = [{"number": number, "id": ID, "hasSupplies": True}]
    checked(app.run())
    assert "Watch" not in links(checked(app.run()))


def test_what_the_browser_reports_is_kept_and_answered(class_trainings, code, browser):
    number = class_trainings.start(code, LATENTS)
    app = opened(LESSONS, **{"class": code})
    report = {"number": number, "points": [[0.5, 0.1]], "losses": [[1, 0.08]], "status": "running"}
    browser.reports = [report]
    checked(app.run())
    checked(app.run())
    assert class_trainings.curves(code) == [DeviceCurve(0, ((0.5, 0.1),), (0.08,), "running")]
    assert browser.last("received") == {
        "number": number, "reports": 1, "x": 0.5, "epoch": 1, "status": "running",
    }  # fmt: skip
    browser.reports = [report | {"points": [], "losses": [], "status": "ended"}]
    checked(app.run())
    checked(app.run())
    assert class_trainings.curves(code)[0].status == "ended"
    assert browser.last("received")["x"] == 0.5


@pytest.mark.parametrize(
    "sent",
    [
        None, "x", 7, [], {}, {"number": 9}, {"number": "1"}, {"number": [1]},
        {"number": 1}, {"number": 1, "id": "../../x", "hasSupplies": "yes"},
        {"number": 1, "id": ID + "a", "hasSupplies": 1}, {"number": 1, "id": ["a"]},
        {"number": 1, "points": "x", "losses": 3, "status": "running"},
        {"number": 1, "points": [[0.5, "<b>"]], "losses": [], "status": "running"},
        {"number": 1, "points": [], "losses": [], "status": "<b>"},
        {"number": 1, "points": [], "losses": [], "parameters": {"status": "ended"}},
    ],
)  # fmt: skip
def test_whatever_a_browser_sends_hurts_nobody(class_trainings, code, browser, sent):
    assert class_trainings.start(code, LATENTS) == 1
    app = opened(LESSONS, **{"class": code})
    browser.tells, browser.reports = [sent], [sent]
    checked(app.run())
    checked(app.run())
    assert (browser.last("id"), browser.last("has_supplies")) == ("", False)
    assert class_trainings.curves(code)[0].points == ()
    assert "x" not in browser.last("received")


def test_a_new_training_asks_the_browser_anew_and_a_cleared_one_ends(
    classroom, class_trainings, code, browser
):
    first = class_trainings.start(code, LATENTS)
    app = opened(LESSONS, **{"class": code})
    browser.tells = [{"number": first, "id": ID, "hasSupplies": True}]
    checked(app.run())
    second = class_trainings.start(code, LATENTS[1:])
    checked(app.run())
    assert (browser.last("number"), browser.last("id")) == (second, "")
    assert browser.share.task["config"]["latent_dim"] == 64
    assert browser.last("has_supplies")
    class_trainings.clear(code)
    checked(app.run())
    assert (browser.share, browser.last("number")) == (None, 0)


def test_who_finds_no_room_trains_nothing(class_trainings, code, browser, monkeypatch):
    monkeypatch.setattr("denoiser.classroom.trainings.MAX_STUDENTS", 0)
    class_trainings.start(code, LATENTS)
    checked(opened(LESSONS, **{"class": code}))
    assert browser.given == []


def test_a_teacher_trains_nothing_themselves(classroom, class_trainings, browser):
    app, code = teacher()
    class_trainings.start(code, LATENTS)
    checked(app.run())
    assert browser.given == []
    assert class_trainings.curves(code) == []
