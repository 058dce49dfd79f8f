"""The face of the emulated panels: a page of the control, drawn in the browser, that needs nothing from elsewhere."""
