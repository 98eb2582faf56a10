"""Months after a day, as periods of reassessment and ages of reports count them. Pure."""

from __future__ import annotations

import calendar
from datetime import date


def after_months(day: date, months: int) -> date:
    """The same day of the month, `months` later; the last of a month that has no such day.

    The last day that can be told where it would lie after the year 9999.
    """
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    if year > date.max.year:
        return date.max
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
