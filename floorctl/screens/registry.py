"""The screens of the cockpit (``SCREENS``); a new screen needs one line here."""

from floorctl.screens.shell.cockpit import Entry

#: Screen name → its key and class, in the order of the keys.
SCREENS = {
    "floor": Entry("1", "floorctl.screens.floor.screen", "FloorScreen"),
    "queues": Entry("2", "floorctl.screens.queues.screen", "QueuesScreen"),
    "orders": Entry("3", "floorctl.screens.orders.screen", "OrdersScreen"),
    "alerts": Entry("4", "floorctl.screens.alerts.screen", "AlertsScreen"),
    "quality": Entry("5", "floorctl.screens.quality.screen", "QualityScreen"),
    "assessment": Entry("6", "floorctl.screens.assessment.screen", "AssessmentScreen"),
    "handover": Entry("7", "floorctl.screens.handover.screen", "HandoverScreen"),
    "sync": Entry("s", "floorctl.screens.sync.screen", "SyncScreen"),
}
