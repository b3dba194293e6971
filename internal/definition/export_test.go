package definition

import "reflect"

// BodyType is the type of a kind's body.
func (k *Kind) BodyType() reflect.Type { return k.body }
