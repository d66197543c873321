"""What the curves of a class say together."""

import pytest

from denoiser.classroom.curves import GRID, ShareResult, best_of, median_curve, result_of
from denoiser.classroom.trainings import DeviceCurve


def curve(level=0.1, until=4.0, *, losses=(), status="running", step=0.5):
    places = [step * (i + 1) for i in range(int(until / step))]
    return DeviceCurve(0, tuple((x, level) for x in places), tuple(losses), status)


def test_the_median_of_one_curve_is_that_curve():
    line = DeviceCurve(0, ((1.0, 0.4), (2.0, 0.2), (4.0, 0.1)))
    found = median_curve([line], 4)
    assert len(found) == GRID - GRID // 4 + 1  # none before its first point
    assert (found[0], found[-1]) == ((1.0, 0.4), (4.0, 0.1))
    assert dict(found)[3.0] == pytest.approx(0.15)


def test_the_median_is_of_all_that_have_come_and_needs_half_of_them():
    far, near, nowhere = curve(0.1), curve(0.3, until=2.0), DeviceCurve(0)
    assert median_curve([far, near, nowhere], 4)[-1] == (4.0, 0.1)  # one of two
    assert median_curve([far, near], 4)[GRID // 4][1] == pytest.approx(0.2)
    thirds = median_curve([far, near, near], 4)
    assert thirds[-1] == (2.0, 0.3)
    assert median_curve([far, far, near], 4)[-1] == (4.0, 0.1)


def test_one_that_is_far_off_moves_no_median():
    calm = [curve(0.1) for _ in range(5)]
    assert {loss for _x, loss in median_curve([*calm, curve(9.0)], 4)} == {0.1}


def test_without_points_there_is_no_median():
    assert median_curve([], 4) == ()
    assert median_curve([DeviceCurve(0)] * 3, 4) == ()


def test_the_best_has_the_lowest_val_loss_of_any_epoch():
    one, two = curve(losses=[0.05, 0.02, 0.9]), curve(losses=[0.04, 0.03])
    assert best_of([two, one, curve()]) == 1
    assert best_of([curve()]) is None


def test_a_result_counts_devices_and_takes_each_ones_lowest():
    curves = [
        curve(losses=[0.05, 0.02, 0.9], status="ended"),
        curve(losses=[0.04], status="running"),
        curve(losses=[0.09], status="diverged"),
        curve(status="failed"),
        DeviceCurve(0),
    ]
    assert result_of(curves) == ShareResult(devices=5, ended=3, lost=2, best=0.02, median=0.04)
    assert result_of([]) == ShareResult(0, 0, 0, None, None)
