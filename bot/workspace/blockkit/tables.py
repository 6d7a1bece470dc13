"""Tables and charts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic import model_validator as whole

from bot.workspace.blockkit.objects import OPTIONAL, Block, Object, flaw, text_of
from bot.workspace.blockkit.rich_text import RichText


class RawText(Object):
    """`raw_text`, a cell."""

    type: Literal["raw_text"]
    text: Annotated[str, Field(min_length=1)]


class RawNumber(Object):
    """`raw_number`, a cell that sorts by its value. Slack refuses it with either field alone."""

    type: Literal["raw_number"]
    value: float
    text: Annotated[str, Field(min_length=1)]


Cell = Annotated[RawText | RawNumber | RichText, Field(discriminator="type")]
HeaderCell = Annotated[RawText | RawNumber, Field(discriminator="type")]


class ColumnSetting(Object):
    """How a column of a `table` is set."""

    align: Literal["left", "center", "right"] = OPTIONAL
    is_wrapped: bool = OPTIONAL


class Table(Block):
    """`table`."""

    type: Literal["table"]
    rows: Annotated[
        list[Annotated[list[Cell], Field(min_length=1, max_length=20)]],
        Field(min_length=1, max_length=100),
    ]
    column_settings: Annotated[list[ColumnSetting | None], Field(max_length=20)] = OPTIONAL


def _even(rows: list[list[Any]]) -> list[list[Any]]:
    if len({len(row) for row in rows}) > 1:
        raise flaw("all rows must have the same number of cells")
    return rows


class DataTable(Block):
    """`data_table`. `row_header_column_index` counts from 0."""

    type: Literal["data_table"]
    caption: Annotated[str, Field(min_length=1)]
    rows: Annotated[
        list[Annotated[list[Cell], Field(min_length=1, max_length=20)]],
        Field(min_length=2, max_length=201),
        AfterValidator(_even),
    ]
    page_size: Annotated[int, Field(ge=1, le=100)] = OPTIONAL
    row_header_column_index: Annotated[int, Field(ge=0, le=19)] = OPTIONAL

    @whole(mode="after")
    def _header(self) -> DataTable:
        if any(isinstance(cell, RichText) for cell in self.rows[0]):
            raise flaw("header cells must not be rich_text", "rows/0")
        return self


Label = Annotated[str, text_of(20)]


class Segment(Object):
    """A slice of a pie."""

    label: Label
    value: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Point(Object):
    """One value of a series."""

    label: Label
    value: Annotated[float, Field(allow_inf_nan=False)]


class Series(Object):
    """One series of a chart."""

    name: Label
    data: Annotated[list[Point], Field(min_length=1, max_length=20)]


class AxisConfig(Object):
    """The axes of a chart."""

    categories: Annotated[list[Label], Field(min_length=1, max_length=20)]
    x_label: Annotated[str, text_of(50)] = OPTIONAL
    y_label: Annotated[str, text_of(50)] = OPTIONAL


class PieChart(Object):
    """`pie`."""

    type: Literal["pie"]
    segments: Annotated[list[Segment], Field(min_length=1, max_length=12)]


class AxisChart(Object):
    """`bar`, `line` or `area`: every series has one point for each category."""

    type: Literal["bar", "line", "area"]
    series: Annotated[list[Series], Field(min_length=1, max_length=12)]
    axis_config: AxisConfig

    @whole(mode="after")
    def _every_category_once(self) -> AxisChart:
        if len({series.name for series in self.series}) < len(self.series):
            raise flaw("series names must be unique", "series")
        for index, series in enumerate(self.series):
            if sorted(point.label for point in series.data) != sorted(self.axis_config.categories):
                raise flaw(
                    "must have exactly one data point for each category", f"series/{index}/data"
                )
        return self


class DataVisualization(Block):
    """`data_visualization`."""

    type: Literal["data_visualization"]
    title: Annotated[str, text_of(50)]
    chart: Annotated[PieChart | AxisChart, Field(discriminator="type")]
