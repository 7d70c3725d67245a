"""The screens, one file each, with its ``.tcss`` beside it."""

#: Name → (key, module, class). A screen's module is imported when it is first gone to.
SCREENS = {
    "floor": ("1", "floorctl.screens.floor", "FloorScreen"),
    "queues": ("2", "floorctl.screens.queues", "QueuesScreen"),
    "orders": ("3", "floorctl.screens.orders", "OrdersScreen"),
    "alerts": ("4", "floorctl.screens.alerts", "AlertsScreen"),
    "quality": ("5", "floorctl.screens.quality", "QualityScreen"),
    "assessment": ("6", "floorctl.screens.assessment", "AssessmentScreen"),
    "handover": ("7", "floorctl.screens.handover", "HandoverScreen"),
    "sync": ("s", "floorctl.screens.sync", "SyncScreen"),
}
