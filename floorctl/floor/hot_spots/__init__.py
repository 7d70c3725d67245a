"""Hot spots 热点: the matters that swell."""
