"""Every metric there is, by name."""

from __future__ import annotations

from andon.score import chances, counts, labels, ranks, values
from andon.score.metric import Metric

METRICS: dict[str, Metric] = {
    "accuracy": Metric("higher", "", "share", counts.accuracy),
    "balanced_accuracy": Metric("higher", "", "share", counts.balanced_accuracy, by_class=True),
    "macro_f1": Metric("higher", "", "share", counts.macro_f1, by_class=True),
    "recall": Metric("higher", "", "share", counts.recall, by_class=True),
    "precision": Metric("higher", "", "share", counts.precision, by_class=True),
    "f1": Metric("higher", "", "share", counts.f1, by_class=True),
    "mcc": Metric("higher", "", "correlation", counts.mcc, by_class=True),
    "roc_auc": Metric("higher", "", "share", ranks.roc_auc, by_class=True),
    "average_precision": Metric("higher", "", "share", ranks.average_precision, by_class=True),
    "label_average_precision": Metric("higher", "", "share", labels.label_average_precision),
    "label_f1": Metric("higher", "", "share", labels.label_f1),
    "exact_match": Metric("higher", "", "share", labels.exact_match),
    "label_log_loss": Metric("lower", "", "error", labels.label_log_loss),
    "log_loss": Metric("lower", "", "error", chances.log_loss),
    "brier": Metric("lower", "", "error", chances.brier, most=chances.brier_most),
    "ece": Metric("lower", "", "share", chances.ece),
    "rmse": Metric("lower", "target", "error", values.rmse),
    "rmse_as_given": Metric("lower", "target", "error", values.rmse_as_given),
    "phm08": Metric("lower", "", "error", values.phm08),
    "mae": Metric("lower", "target", "error", values.mae),
    "median_ae": Metric("lower", "target", "error", values.median_ae),
    "bias": Metric("lower", "target", "plain", values.bias),
    "r2": Metric("higher", "", "explained", values.r2),
    "mape": Metric("lower", "", "error", values.mape),
    "pinball": Metric("lower", "target", "error", values.pinball),
    "coverage": Metric("higher", "", "share", values.coverage),
    "width": Metric("lower", "target", "error", values.width),
}
"""Name -> metric. A new one is one function of weighted rows and one line here."""
