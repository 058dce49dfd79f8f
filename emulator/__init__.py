"""A SPAN panel that is not there: physics, wire format and faults, with nothing of busbar's around it."""
