"""Fit the weights of ``floorctl/rules/orders/twins.py`` on labelled pairs, and say what they reach on pairs left out.

    python -m tools.twins             # the weights, and precision and recall of repeated cross-validation
    python -m tools.twins common      # the pairs of characters for ``COMMON`` in citizens_words.py

The features are few, and weighed by a logistic regression with a penalty: seventy-five pairs bear no more. What is
common is counted over what the embedded platform's citizens call about, and over the labelled texts without labels.
"""

import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from floorctl.rules.orders import twins
from floorctl.rules.orders.twins import Matter, Traits

ROOT = Path(__file__).parent.parent
PAIRS = ROOT / "tests" / "data" / "twins.json"
#: How strongly large weights are penalised (inverse), and how often the pairs are split into fifths.
PENALTY, REPEATS = 0.3, 20
#: A pair of characters is common that stands in so many texts.
COMMON_IN = 4


def traits_of(order: dict[str, Any]) -> Traits:
    """Take apart an order of the file of pairs."""
    return twins.traits(
        Matter(
            title=order["title"],
            received_at=datetime.fromisoformat(order["received_at"]),
            content=order["content"],
            region=order["region"] or "",
            address=order["address"] or "",
            phone=order["citizen_phone"] or "",
        )
    )


def fit(pairs: list[dict[str, Any]]) -> None:
    """Print the fitted weights, and the figures of cross-validation at the rule's threshold."""
    x = np.array([twins.evidence(traits_of(pair["a"]), traits_of(pair["b"])) for pair in pairs])
    y = np.array([pair["same_matter"] for pair in pairs])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY))
    figures = []
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=REPEATS, random_state=12)
    scores = np.zeros((REPEATS, len(y)))
    for at, (learnt, left_out) in enumerate(folds.split(x, y)):
        scores[at // 5, left_out] = model.fit(x[learnt], y[learnt]).predict_proba(x[left_out])[:, 1]
    for score in scores:
        called = score >= twins.THRESHOLD
        figures.append((y[called].mean(), called[y].mean(), roc_auc_score(y, score)))
    print("left out: precision {:.2f}, recall {:.2f}, area under the curve {:.3f}".format(*np.mean(figures, axis=0)))
    model.fit(x, y)
    scaler, regression = model[0], model[1]
    weights = regression.coef_[0] / scaler.scale_
    bias = regression.intercept_[0] - float(weights @ scaler.mean_)
    for name, weight in zip(twins.Evidence._fields, weights, strict=True):
        print(f'    "{name}": {weight:.2f},')
    print(f"bias {bias:.2f}")


def common(pairs: list[dict[str, Any]]) -> None:
    """Print the pairs of characters that stand in ``COMMON_IN`` texts or more."""
    counted = Counter[str]()
    texts = [f"{order['title']} {order['content']}" for pair in pairs for order in (pair["a"], pair["b"])]
    content = tomllib.loads((ROOT / "floorctl/simulator/content/orders.toml").read_text("utf-8"))
    for text in (*texts, *_matters(content)):
        counted.update(_pairs(text))
    for text in _said_everywhere(content):
        counted.update(dict.fromkeys(_pairs(text), COMMON_IN))
    found = "".join(sorted(pair for pair, n in counted.items() if n >= COMMON_IN))
    print("\n".join(found[at : at + 58] for at in range(0, len(found), 58)))


def _pairs(text: str) -> frozenset[str]:
    return twins.traits(Matter(text, datetime.now().astimezone())).pairs


def _said_everywhere(content: dict[str, Any]) -> Iterator[str]:
    """How orders begin and end, whatever they are about."""
    for each in (*content["openings"].values(), *content["demands"].values()):
        for text in each.values() if isinstance(each, dict) else each:
            yield re.sub(r"\{\w+\}", " ", text)


def _matters(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "title" in node:
            yield re.sub(r"\{\w+\}", " ", " ".join(str(each) for each in node.values() if isinstance(each, str | list)))
        for each in node.values():
            yield from _matters(each)
    elif isinstance(node, list):
        for each in node:
            yield from _matters(each)


if __name__ == "__main__":
    labelled = json.loads(PAIRS.read_text("utf-8"))["pairs"]
    (common if sys.argv[1:] == ["common"] else fit)(labelled)
