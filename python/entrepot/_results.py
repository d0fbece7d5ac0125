"""What a run did, and what is logged of assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from entrepot import _core
from entrepot._asset_keys import CoercibleToAssetKey, key_of
from entrepot._core import AssetKey, EventRecord, Instance, MetadataValue
from entrepot._metadata import normalize
from entrepot._steps import node_name
from entrepot.errors import InvalidError

__all__ = [
    "AssetEvent",
    "AssetMaterialization",
    "AssetObservation",
    "ExecuteInProcessResult",
    "RunEvent",
    "StepFailureData",
    "UserFailureData",
]

_NO_LIMIT = 2**31 - 1


class AssetEvent:
    """What is logged of an asset: see `AssetObservation` and `AssetMaterialization`."""

    def __init__(
        self,
        asset_key: CoercibleToAssetKey,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        partition: str | None = None,
    ) -> None:
        self.asset_key: AssetKey = key_of(asset_key)
        self.description = description or None
        self.metadata: dict[str, MetadataValue] = dict(normalize(metadata or {}))
        self.partition = partition

    def _facts(self) -> tuple[object, ...]:
        return (type(self), self.asset_key, self.description, self.metadata, self.partition)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetEvent) and self._facts() == other._facts()

    __hash__ = None  # type: ignore[assignment] - its metadata can be changed

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of '{self.asset_key.to_user_string()}'>"


class AssetObservation(AssetEvent):
    """Something was seen of an asset's value, which stays as it is."""


class AssetMaterialization(AssetEvent):
    """An asset has a new value. What a run made also has receipts and a storage id."""

    receipts: list[_core.Receipt] = []
    storage_id: int | None = None

    @staticmethod
    def of_output(output: _core.OutputOutcome) -> AssetMaterialization:
        """Return what a run logged of an output."""
        assert output.asset_key is not None
        made = AssetMaterialization(
            output.asset_key, metadata=output.metadata, partition=output.partition
        )
        made.receipts = output.receipts
        made.storage_id = output.storage_id
        return made


@dataclass(frozen=True)
class UserFailureData:
    """What a `Failure` said."""

    label: str
    description: str | None
    metadata: dict[str, MetadataValue]


@dataclass(frozen=True)
class StepFailureData:
    """Why a step failed: the exception, its text, and what a `Failure` said besides."""

    error: BaseException | None
    message: str
    user_failure_data: UserFailureData | None = None


_STEP_SUCCESS = "STEP_SUCCESS"
_STEP_FAILURE = "STEP_FAILURE"
_STEP_SKIPPED = "STEP_SKIPPED"
_STEP_UP_FOR_RETRY = "STEP_UP_FOR_RETRY"
_MATERIALIZATION = "ASSET_MATERIALIZATION"
_OBSERVATION = "ASSET_OBSERVATION"

_BY_STATUS = {
    ("run_finished", "success"): "RUN_SUCCESS",
    ("run_finished", "failure"): "RUN_FAILURE",
    ("run_finished", "interrupted"): "RUN_CANCELED",
    ("step_failed", "retrying"): _STEP_UP_FOR_RETRY,
    ("step_failed", "failure"): _STEP_FAILURE,
    ("step_failed", "interrupted"): _STEP_FAILURE,
}
_BY_TYPE = {
    "run_started": "RUN_START",
    "step_started": "STEP_START",
    "step_skipped": _STEP_SKIPPED,
    "step_succeeded": _STEP_SUCCESS,
    "materialized": _MATERIALIZATION,
}


def _event_type(record: EventRecord) -> str:
    data = record.data
    if record.event_type == "logged":
        return _OBSERVATION if "asset_key" in data else "LOG"
    if record.event_type == "step_started" and data["attempt"] != 1:
        return "STEP_RESTARTED"
    by_type = _BY_TYPE.get(record.event_type)
    return by_type or _BY_STATUS[record.event_type, str(data["status"])]


@dataclass(frozen=True)
class RunEvent:
    """One event of a run, under the names that Dagster's users know."""

    event_type_value: str
    step_key: str | None
    run_id: str
    #: Seconds since the epoch, and the row in the log; None for what follows from other rows.
    timestamp: float | None = None
    storage_id: int | None = None
    #: What the log has of it.
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    step_failure_data: StepFailureData | None = field(default=None, repr=False)

    @property
    def message(self) -> str:
        """A log's line, or why something failed or was skipped."""
        return str(self.data.get("message") or self.data.get("error") or self.data.get("reason", ""))

    @property
    def asset_key(self) -> AssetKey | None:
        return self.data.get("asset_key")

    @property
    def partition(self) -> str | None:
        return self.data.get("partition")

    @property
    def materialization(self) -> AssetMaterialization:
        """Of an event of type ASSET_MATERIALIZATION."""
        return self._asset_event(AssetMaterialization, _MATERIALIZATION)

    @property
    def asset_observation(self) -> AssetObservation:
        """Of an event of type ASSET_OBSERVATION."""
        return self._asset_event(AssetObservation, _OBSERVATION)

    def _asset_event(self, kind: Any, event_type: str) -> Any:
        if self.event_type_value != event_type:
            raise InvalidError(f"an event of type {self.event_type_value} is no {event_type}")
        made = kind(self.asset_key, metadata=self.data["metadata"], partition=self.partition)
        made.storage_id = self.storage_id
        return made

    @property
    def is_step_start(self) -> bool:
        return self.event_type_value == "STEP_START"

    @property
    def is_step_success(self) -> bool:
        return self.event_type_value == _STEP_SUCCESS

    @property
    def is_step_failure(self) -> bool:
        return self.event_type_value == _STEP_FAILURE

    @property
    def is_step_skipped(self) -> bool:
        return self.event_type_value == _STEP_SKIPPED

    @property
    def is_step_up_for_retry(self) -> bool:
        return self.event_type_value == _STEP_UP_FOR_RETRY

    @property
    def is_failure(self) -> bool:
        return self.event_type_value in (_STEP_FAILURE, "RUN_FAILURE")


class ExecuteInProcessResult:
    """What a run did. Nodes are named by key ("raw/flights") or as Dagster does
    ("raw__flights")."""

    def __init__(
        self, core: _core.CoreRunResult, outputs: Mapping[str, tuple[str, str]] | None = None
    ) -> None:
        self._core = core
        #: What a job's function has returned, by name: steps and their outputs.
        self._outputs = dict(outputs or {})
        self._steps = {step.step_key: step for step in core.steps}
        self._makers = {
            output.asset_key: (step, output)
            for step in core.steps
            for output in step.outputs
            if output.asset_key is not None
        }

    @property
    def success(self) -> bool:
        """Whether every step succeeded."""
        return self._core.success

    @property
    def status(self) -> str:
        """'success', 'failure' or 'interrupted'."""
        return self._core.status

    @property
    def run_id(self) -> str:
        return self._core.run_id

    @property
    def dagster_run(self) -> _core.RunRecord:
        """The run, as the log has it."""
        run = self.instance.get_run_by_id(self.run_id)
        assert run is not None
        return run

    @property
    def instance(self) -> Instance:
        return self._core.instance

    @property
    def steps(self) -> list[_core.StepOutcome]:
        """What became of each step, in the order of the plan."""
        return self._core.steps

    def _step(self, node: CoercibleToAssetKey) -> _core.StepOutcome:
        """Find a step by its key, as Dagster names it, or by an asset that it makes."""
        if isinstance(node, str):
            for step_key, step in self._steps.items():
                plain = step_key.partition("[")[0] if step.partition else step_key
                if node in (step_key, plain, node_name(plain)):
                    return step
        key = key_of(node)
        if key in self._makers:
            return self._makers[key][0]
        raise InvalidError(
            f"the run had no step '{key.to_user_string()}'; it had: {list(self._steps)}"
        )

    # ---- values ------------------------------------------------------------------------------

    def output_for_node(self, node_str: CoercibleToAssetKey, output_name: str = "result") -> Any:
        """Return the value that a step of this run made."""
        step = self._step(node_str)
        if output_name == "result" and len(step.outputs) == 1:
            output_name = step.outputs[0].name
        return self._core.step_output(step.step_key, output_name)

    def output_value(self, output_name: str = "result") -> Any:
        """Return the value of an output of the job: what its function returned, by name if it
        returned a dict."""
        if output_name not in self._outputs:
            raise InvalidError(
                f"the job has no output '{output_name}': it has what its function returns; "
                "output_for_node gives outputs of ops"
            )
        return self.output_for_node(*self._outputs[output_name])

    def asset_value(self, asset_key: CoercibleToAssetKey) -> Any:
        """Return the value of an asset that this run made."""
        return self._core.output(key_of(asset_key))

    # ---- what became of steps ----------------------------------------------------------------

    def is_node_success(self, node_name: CoercibleToAssetKey) -> bool:
        return self._step(node_name).status == "success"

    def is_node_failed(self, node_name: CoercibleToAssetKey) -> bool:
        return self._step(node_name).status == "failure"

    def is_node_skipped(self, node_name: CoercibleToAssetKey) -> bool:
        return self._step(node_name).status == "skipped"

    def is_node_untouched(self, node_name: CoercibleToAssetKey) -> bool:
        """Whether it was neither begun nor skipped: the run was stopped before."""
        step = self._step(node_name)
        return step.attempts == 0 and step.status != "skipped"

    def retry_attempts_for_node(self, node_name: CoercibleToAssetKey) -> int:
        return max(self._step(node_name).attempts - 1, 0)

    def failure_data_for_node(self, node_name: CoercibleToAssetKey) -> StepFailureData | None:
        """Return why a step failed; None where it did not."""
        step = self._step(node_name)
        return _failure_data(step) if step.status == "failure" else None

    def get_failed_step_keys(self) -> set[str]:
        return {step.step_key for step in self.steps if step.status == "failure"}

    # ---- events ------------------------------------------------------------------------------

    @property
    def all_events(self) -> list[RunEvent]:
        """The events of the run, in their order.

        A step that materializes assets succeeds with the last of them: the log has no row of
        that, but here is an event.
        """
        succeeded: dict[str, RunEvent] = {}
        events: list[RunEvent] = []
        for record in reversed(self.instance.all_logs(self.run_id, limit=_NO_LIMIT)):
            event = self._event_of(record)
            step = self._steps.get(record.step_key)
            is_last_of_success = (
                step is not None
                and step.status == "success"
                and event.event_type_value in (_STEP_SUCCESS, _MATERIALIZATION)
                and record.step_key not in succeeded
            )
            if is_last_of_success:
                succeeded[record.step_key] = event
                if not event.is_step_success:
                    events.append(RunEvent(_STEP_SUCCESS, record.step_key, self.run_id))
            events.append(event)
        return events[::-1]

    def _event_of(self, record: EventRecord) -> RunEvent:
        kind = _event_type(record)
        step = self._steps.get(record.step_key)
        return RunEvent(
            kind,
            record.step_key or None,
            record.run_id,
            record.timestamp,
            record.storage_id,
            record.data,
            _failure_data(step) if kind == _STEP_FAILURE and step is not None else None,
        )

    def filter_events(self, event_filter: Callable[[RunEvent], bool]) -> list[RunEvent]:
        return [event for event in self.all_events if event_filter(event)]

    def _of_type(self, event_type: str) -> list[RunEvent]:
        return self.filter_events(lambda event: event.event_type_value == event_type)

    def events_for_node(self, node_name: CoercibleToAssetKey) -> list[RunEvent]:
        step_key = self._step(node_name).step_key
        return self.filter_events(lambda event: event.step_key == step_key)

    def asset_materializations_for_node(
        self, node_name: CoercibleToAssetKey
    ) -> list[AssetMaterialization]:
        """Return what the run logged of a node's assets."""
        step = self._step(node_name)
        return [
            AssetMaterialization.of_output(output)
            for output in step.outputs
            if output.is_made and output.asset_key is not None and step.status == "success"
        ]

    def asset_observations_for_node(
        self, node_name: CoercibleToAssetKey
    ) -> list[AssetObservation]:
        """Return what a step, and managers in its name, have observed of assets."""
        return [
            event.asset_observation
            for event in self.events_for_node(node_name)
            if event.event_type_value == _OBSERVATION
        ]

    def get_asset_materialization_events(self) -> list[RunEvent]:
        return self._of_type(_MATERIALIZATION)

    def get_asset_observation_events(self) -> list[RunEvent]:
        return self._of_type(_OBSERVATION)

    def get_asset_materialization_planned_events(self) -> list[RunEvent]:
        """Return an event for each asset that the run was to make."""
        return [
            RunEvent(
                "ASSET_MATERIALIZATION_PLANNED",
                step.step_key,
                self.run_id,
                data={"asset_key": output.asset_key, "partition": output.partition},
            )
            for step in self.steps
            for output in step.outputs
            if output.asset_key is not None
        ]

    def get_step_success_events(self) -> list[RunEvent]:
        return self._of_type(_STEP_SUCCESS)

    def get_step_failure_events(self) -> list[RunEvent]:
        return self._of_type(_STEP_FAILURE)

    def get_step_skipped_events(self) -> list[RunEvent]:
        return self._of_type(_STEP_SKIPPED)

    def get_run_success_event(self) -> RunEvent:
        return self._end_of_run("RUN_SUCCESS")

    def get_run_failure_event(self) -> RunEvent:
        return self._end_of_run("RUN_FAILURE")

    def _end_of_run(self, event_type: str) -> RunEvent:
        events = self._of_type(event_type)
        if not events:
            raise InvalidError(f"run '{self.run_id}' has no {event_type}: its status is '{self.status}'")
        return events[-1]

    def __repr__(self) -> str:
        return f"<run {self.run_id}: {self.status}>"


def _failure_data(step: _core.StepOutcome) -> StepFailureData:
    exception = step.exception
    metadata = step.failure_metadata
    said = None
    if metadata is not None:
        description = getattr(exception, "description", None)
        said = UserFailureData("intentional-failure", description, metadata)
    return StepFailureData(exception, step.error or "", said)
